package io.github.certflux.challenge;

import static io.github.certflux.challenge.TlsAlpn01SolverTest.request;
import static io.github.certflux.challenge.TlsAlpn01SolverTest.validated;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider;
import reactor.test.StepVerifier;

/** Beside the traffic of the user's own server. */
class TlsAlpn01InServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Identifier NAME = Identifier.dns("www.example.org");
  private static final String HELLO = "hello";

  private final TlsAlpn01Solver solver = TlsAlpn01Solver.inServer();
  private final Sinks.Many<String> events = Sinks.many().multicast().directBestEffort();
  private final Queue<List<String>> pipelines = new ConcurrentLinkedQueue<>();
  private final KeyPair key;
  private final X509Certificate certificate;
  private DisposableServer server;

  TlsAlpn01InServerTest() throws Exception {
    JcaCrypto crypto = JcaCrypto.create();
    key = Objects.requireNonNull(crypto.generate(KeyType.EC_P256).block(PATIENCE));
    crypto.disposeLater().block(PATIENCE);
    X500Name name = new X500Name("CN=the server's own");
    certificate =
        new JcaX509CertificateConverter()
            .getCertificate(
                new JcaX509v3CertificateBuilder(
                        name,
                        BigInteger.ONE,
                        Date.from(Instant.now().minus(Duration.ofDays(1))),
                        Date.from(Instant.now().plus(Duration.ofDays(1))),
                        name,
                        key.getPublic())
                    .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
    server = bound(http -> http);
  }

  private SslProvider.GenericSslContextSpec<SslContextBuilder> own() {
    return Http2SslContextSpec.forServer(key.getPrivate(), certificate);
  }

  private DisposableServer bound(UnaryOperator<HttpServer> change) {
    HttpServer http =
        HttpServer.create()
            .bindAddress(() -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
            .secure(spec -> spec.sslContext(own()))
            .route(
                routes ->
                    routes
                        .get("/hello", (in, out) -> out.sendString(Mono.just(HELLO)))
                        .get("/events", (in, out) -> out.sse().sendString(events.asFlux())));
    return solver
        .addTo(change.apply(http))
        .doOnChannelInit((observer, channel, remote) -> pipelines.add(channel.pipeline().names()))
        .bindNow(PATIENCE);
  }

  @AfterEach
  void close() {
    solver.disposeLater().block(PATIENCE);
    server.disposeNow(PATIENCE);
  }

  private HttpClient client(HttpProtocol protocol, ConnectionProvider connections) {
    return HttpClient.create(connections)
        .protocol(protocol)
        .baseUrl("https://127.0.0.1:" + server.port())
        .secure(spec -> spec.sslContext(trusting(protocol)));
  }

  private static SslProvider.GenericSslContextSpec<SslContextBuilder> trusting(
      HttpProtocol protocol) {
    return protocol == HttpProtocol.H2
        ? Http2SslContextSpec.forClient().configure(TlsAlpn01InServerTest::trusting)
        : Http11SslContextSpec.forClient().configure(TlsAlpn01InServerTest::trusting);
  }

  private static void trusting(SslContextBuilder builder) {
    builder
        .trustManager(InsecureTrustManagerFactory.INSTANCE)
        .endpointIdentificationAlgorithm(null);
  }

  private static Mono<String> hello(HttpClient client) {
    return client.get().uri("/hello").responseSingle((response, body) -> body.asString());
  }

  private TlsProbe ask(String serverName, String... protocols) {
    return new TlsProbe(server.port(), serverName, protocols);
  }

  private boolean isTheServersOwn(TlsProbe probe) throws Exception {
    return probe.certificate().equals(certificate);
  }

  @Test
  void theProofIsShownOnThePortOfTheServer() throws Exception {
    assertThat(validated(server.port(), NAME, "a")).isNotEmpty();

    solver.present(request(NAME, "a")).block(PATIENCE);

    assertThat(validated(server.port(), NAME, "a")).isEmpty();
    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      TlsProbe probe = ask("www.example.org", "acme-tls/1").version(version);
      assertThat(isTheServersOwn(probe)).as(version).isFalse();
      assertThat(probe.readsAfterHandshake()).as(version).isEqualTo(-1);
    }
  }

  /** New connections all the time, on both versions of HTTP, and two streams that never end. */
  @Test
  void trafficGoesOnWhileProofsAreSetUpLookedAtAndTakenAway() {
    HttpClient two = client(HttpProtocol.H2, ConnectionProvider.newConnection());
    HttpClient one = client(HttpProtocol.HTTP11, ConnectionProvider.newConnection());
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    Disposable streams =
        Flux.just(one, two)
            .flatMap(client -> client.get().uri("/events").responseContent().asString())
            .subscribe(seen::add);
    Flux.interval(Duration.ofMillis(5))
        .takeUntil(tick -> events.currentSubscriberCount() == 2)
        .blockLast(PATIENCE);

    for (int i = 0; i < 5; i++) {
      String keyAuthorization = "proof " + i;
      solver.present(request(NAME, keyAuthorization)).block(PATIENCE);
      events.tryEmitNext("event " + i);
      List<String> answers =
          Flux.merge(
                  Flux.range(0, 8).flatMap(n -> hello(two)),
                  Flux.range(0, 8).flatMap(n -> hello(one)))
              .mergeWith(
                  Mono.fromCallable(() -> validated(server.port(), NAME, keyAuthorization))
                      .subscribeOn(Schedulers.boundedElastic()))
              .collectList()
              .block(PATIENCE);
      assertThat(answers).hasSize(17).contains("").filteredOn(HELLO::equals).hasSize(16);
      solver.cleanUp(request(NAME, keyAuthorization)).block(PATIENCE);
    }

    Flux.interval(Duration.ofMillis(5))
        .takeUntil(tick -> String.join("", seen).split("event 4", -1).length == 3)
        .blockLast(PATIENCE);
    assertThat(String.join("", seen)).contains("event 0", "event 1", "event 2", "event 3");
    assertThat(streams.isDisposed()).isFalse();
    streams.dispose();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void otherHandshakesAreTheServersOwn(String version) throws Exception {
    solver.present(request(NAME, "a")).block(PATIENCE);

    for (String[] protocols : new String[][] {{}, {"http/1.1"}, {"h2"}, {"acme-tls/1", "h2"}}) {
      TlsProbe probe = ask("www.example.org", protocols).version(version);
      assertThat(isTheServersOwn(probe)).isTrue();
    }
    assertThat(ask("www.example.org", "acme-tls/1", "h2").version(version).protocol())
        .isEqualTo("h2");
  }

  @Test
  void aHandshakeThatComesByteByByteIsReadAllTheSame() throws Exception {
    solver.present(request(NAME, "a")).block(PATIENCE);

    assertThat(isTheServersOwn(ask("www.example.org", "h2").byteByByte())).isTrue();
    assertThat(isTheServersOwn(ask("www.example.org", "acme-tls/1").byteByByte())).isFalse();
  }

  @Test
  void aNameWithoutAChallengeIsRefused() {
    solver.present(request(NAME, "a")).block(PATIENCE);

    assertThatThrownBy(() -> ask("other.example.org", "acme-tls/1").certificate())
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("unrecognized_name");
  }

  @Test
  void whatIsNotTlsEndsItsOwnConnectionAlone() throws Exception {
    solver.present(request(NAME, "a")).block(PATIENCE);

    assertThat(PlainBytes.answered(server.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        .doesNotContain("HTTP/1.1 200");
    assertThat(
            PlainBytes.answered(
                server.port(), "\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001x"))
        .doesNotContain("HTTP/1.1 200");
    assertThat(validated(server.port(), NAME, "a")).isEmpty();
    assertThat(isTheServersOwn(ask("www.example.org", "h2"))).isTrue();
  }

  /** Certificates by name, chosen by the server itself. */
  @Test
  void aServerWithASniMappingShowsTheProofToo() throws Exception {
    server.disposeNow(PATIENCE);
    server =
        bound(
            http ->
                http.secure(
                    spec ->
                        spec.sslContext(own())
                            .addSniMapping("www.example.org", www -> www.sslContext(own()))));
    solver.present(request(NAME, "a")).block(PATIENCE);

    assertThat(validated(server.port(), NAME, "a")).isEmpty();
    assertThat(isTheServersOwn(ask("www.example.org", "h2"))).isTrue();
    assertThat(isTheServersOwn(ask("other.example.org", "h2"))).isTrue();
  }

  @Test
  void connectionsAreLeftAloneWhileNoChallengeIsOpen() throws Exception {
    solver.present(request(NAME, "a")).block(PATIENCE);
    assertThat(isTheServersOwn(ask("www.example.org", "h2"))).isTrue();
    solver.cleanUp(request(NAME, "a")).block(PATIENCE);
    assertThat(isTheServersOwn(ask("www.example.org", "h2"))).isTrue();

    assertThat(pipelines)
        .hasSize(2)
        .satisfiesExactly(
            open -> assertThat(open).contains(TlsAlpn01Handler.NAME),
            none -> assertThat(none).doesNotContain(TlsAlpn01Handler.NAME));
  }

  @Test
  void aSolverThatIsInNoServerSaysSo() {
    TlsAlpn01Solver nowhere = TlsAlpn01Solver.inServer();

    StepVerifier.create(nowhere.present(request(NAME, "a")))
        .verifyErrorMessage("the tls-alpn-01 solver is in no server: apply its addTo to one");
    nowhere.disposeLater().block(PATIENCE);
  }
}
