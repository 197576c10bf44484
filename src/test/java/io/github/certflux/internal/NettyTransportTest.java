package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.internal.TestServer.Protocol;
import io.github.certflux.internal.TransportFailure.Kind;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpServer;
import reactor.test.StepVerifier;

class NettyTransportTest {
  private static final TestTls TLS = new TestTls();
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : open) {
      resource.close();
    }
  }

  private <T extends AutoCloseable> T opened(T resource) {
    open.add(resource);
    return resource;
  }

  private static TransportSettings trusting() {
    return TransportSettings.defaults().trust(TLS.pem());
  }

  private NettyTransport transport(TransportSettings settings) {
    NettyTransport transport = NettyTransport.create(settings);
    open.add(() -> transport.disposeLater().block(PATIENCE));
    return transport;
  }

  private NettyTransport transport() {
    return transport(trusting());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static TransportFailure failure(Mono<AcmeResponse> answer) {
    AtomicReference<Throwable> error = new AtomicReference<>();
    StepVerifier.create(answer).consumeErrorWith(error::set).verify(PATIENCE);
    assertThat(error.get()).isInstanceOf(TransportFailure.class);
    return (TransportFailure) error.get();
  }

  @ParameterizedTest
  @EnumSource
  void theAnswerIsHandedOverWithTheHeadersThatAcmeReads(Protocol protocol) {
    AtomicReference<HttpHeaders> seen = new AtomicReference<>();
    AtomicReference<String> body = new AtomicReference<>();
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) -> {
                  seen.set(request.requestHeaders().copy());
                  return request
                      .receive()
                      .aggregate()
                      .asString()
                      .doOnNext(body::set)
                      .then(
                          response
                              .status(201)
                              .header("Replay-Nonce", "n1")
                              .header("Location", "https://localhost/order/1")
                              .header("Retry-After", "3")
                              .header("Date", "Mon, 23 Nov 2026 10:00:00 GMT")
                              .header("Content-Type", "application/json")
                              .addHeader("Link", "<a>;rel=\"index\"")
                              .addHeader("Link", "<b>;rel=\"up\"")
                              .sendString(Mono.just("{\"status\":\"pending\"}"))
                              .then());
                }));

    AcmeResponse answer =
        transport().send(AcmeRequest.post(server.url("/new?a=b"), bytes("{jws}"))).block(PATIENCE);

    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.nonce()).isEqualTo("n1");
    assertThat(answer.location()).isEqualTo("https://localhost/order/1");
    assertThat(answer.retryAfter()).isEqualTo("3");
    assertThat(answer.date()).isEqualTo("Mon, 23 Nov 2026 10:00:00 GMT");
    assertThat(answer.contentType()).isEqualTo("application/json");
    assertThat(answer.links()).containsExactly("<a>;rel=\"index\"", "<b>;rel=\"up\"");
    assertThat(answer.body()).asString().isEqualTo("{\"status\":\"pending\"}");
    assertThat(body.get()).isEqualTo("{jws}");
    assertThat(seen.get().get("content-type")).isEqualTo("application/jose+json");
    assertThat(seen.get().get("content-length")).isEqualTo("5");
    assertThat(seen.get().getAll("user-agent"))
        .singleElement()
        .asString()
        .matches("certflux/\\S+ \\(reactor-netty\\)");
    assertThat(seen.get().get("accept-language")).isEqualTo("en");
  }

  @ParameterizedTest
  @EnumSource
  void noConnectionIsOpenedBeforeASubscription(Protocol protocol) {
    TestServer server = opened(new TestServer(TLS, protocol, (request, response) -> response));

    Mono<AcmeResponse> cold = transport().send(AcmeRequest.get(server.url("/")));

    assertThat(server.connections).isEmpty();
    cold.block(PATIENCE);
    cold.block(PATIENCE);
    assertThat(server.requests).hasValue(2);
  }

  @ParameterizedTest
  @EnumSource
  void allMethodsAndEmptyAnswersKeepTheConnection(Protocol protocol) {
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) ->
                    switch (request.uri()) {
                      case "/nonce" -> response.status(200).header("Content-Length", "17");
                      case "/none" -> response.status(204);
                      case "/empty" -> response.status(200).header("Content-Length", "0");
                      default -> response.sendString(Flux.just("{", "}"));
                    }));
    NettyTransport transport = transport();

    Flux.range(0, 20)
        .concatMap(
            i ->
                Flux.concat(
                    transport.send(AcmeRequest.head(server.url("/nonce"))),
                    transport.send(AcmeRequest.get(server.url("/directory"))),
                    transport.send(AcmeRequest.post(server.url("/none"), bytes("{}"))),
                    transport.send(AcmeRequest.post(server.url("/empty"), bytes("{}"))),
                    transport.send(AcmeRequest.head(server.url("/none"))),
                    transport.send(AcmeRequest.post(server.url("/order"), bytes("{}")))))
        .blockLast(PATIENCE);

    assertThat(server.requests).hasValue(120);
    // On HTTP/1.1 the next request may be there before the connection is back in the pool.
    assertThat(server.connections).hasSizeLessThanOrEqualTo(protocol == Protocol.H2 ? 1 : 2);
  }

  @ParameterizedTest
  @EnumSource
  void aThousandRequestsAtOnceShareAtMostEightConnections(Protocol protocol) {
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) ->
                    response.header("Replay-Nonce", "n").sendString(Mono.just("{}"))));
    NettyTransport transport = transport();

    List<AcmeResponse> answers =
        Flux.range(0, 1_000)
            .flatMap(
                i -> transport.send(AcmeRequest.post(server.url("/order/" + i), bytes("{}"))),
                1_000)
            .collectList()
            .block(PATIENCE);

    assertThat(answers).hasSize(1_000).allMatch(answer -> answer.status() == 200);
    assertThat(server.requests).hasValue(1_000);
    assertThat(server.connections).hasSizeLessThanOrEqualTo(8);
  }

  @Test
  void moreRequestsThanTheServerAllowsStreamsWaitForOne() {
    int streams = 4;
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    TestServer server =
        opened(
            new TestServer(
                http ->
                    TestServer.secure(TLS, Protocol.H2)
                        .apply(http)
                        .http2Settings(settings -> settings.maxConcurrentStreams(streams)),
                (request, response) -> {
                  most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                  return Mono.delay(Duration.ofMillis(5))
                      .doOnNext(later -> inside.decrementAndGet())
                      // not the server's pooled memory, which other threads may wait for
                      .then(response.send(Mono.just(Unpooled.wrappedBuffer(bytes("{}")))).then());
                }));
    NettyTransport transport = transport();

    List<AcmeResponse> answers =
        Flux.range(0, 200)
            .flatMap(
                i -> transport.send(AcmeRequest.post(server.url("/order/" + i), bytes("{}"))), 200)
            .collectList()
            .block(PATIENCE);

    assertThat(answers).hasSize(200).allMatch(answer -> answer.status() == 200);
    assertThat(server.requests).hasValue(200);
    assertThat(most).hasValueLessThanOrEqualTo(8 * streams);
  }

  @ParameterizedTest
  @EnumSource
  void aRedirectIsAnAnswerAndNotFollowed(Protocol protocol) {
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) -> response.status(307).header("Location", "/elsewhere")));

    AcmeResponse answer =
        transport().send(AcmeRequest.post(server.url("/"), bytes("{}"))).block(PATIENCE);

    assertThat(answer.status()).isEqualTo(307);
    assertThat(answer.location()).isEqualTo("/elsewhere");
    assertThat(server.requests).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource
  void aBodyWithoutEndIsBrokenOffAndTheNextRequestWorks(Protocol protocol) {
    AtomicLong written = new AtomicLong();
    byte[] chunk = new byte[64 * 1024];
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) ->
                    request.uri().equals("/big")
                        ? response.send(
                            Flux.range(0, 1_600)
                                .doOnNext(i -> written.addAndGet(chunk.length))
                                .map(i -> Unpooled.wrappedBuffer(chunk)))
                        : response.sendString(Mono.just("small"))));
    NettyTransport transport = transport();

    TransportFailure failure = failure(transport.send(AcmeRequest.get(server.url("/big"))));
    AcmeResponse next = transport.send(AcmeRequest.get(server.url("/"))).block(PATIENCE);

    assertThat(failure.kind()).isEqualTo(Kind.TOO_LARGE);
    assertThat(failure.what())
        .isEqualTo("the answer of localhost:" + server.port() + " is larger than 1048576 bytes");
    assertThat(written.get()).isLessThan(32L << 20);
    assertThat(next.body()).asString().isEqualTo("small");
  }

  @ParameterizedTest
  @EnumSource
  void aLargeBodyWithinTheBoundArrivesWhole(Protocol protocol) {
    byte[] chunk = new byte[10_007];
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) ->
                    response.send(
                        Flux.range(0, 100).map(i -> Unpooled.copiedBuffer(chunk).setByte(0, i)))));

    byte[] body =
        transport(trusting().maxBodySize(100 * chunk.length))
            .send(AcmeRequest.get(server.url("/")))
            .block(PATIENCE)
            .body();

    assertThat(body).hasSize(100 * chunk.length);
    for (int i = 0; i < 100; i++) {
      assertThat(body[i * chunk.length]).isEqualTo((byte) i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anAnnouncedLengthBeyondTheBoundIsRefusedBeforeItIsRead(Protocol protocol) {
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) ->
                    response
                        .header("Content-Length", "100000000")
                        .sendString(Flux.just("x").concatWith(Flux.never()))));

    TransportFailure failure = failure(transport().send(AcmeRequest.get(server.url("/"))));

    assertThat(failure.kind()).isEqualTo(Kind.TOO_LARGE);
  }

  @ParameterizedTest
  @EnumSource
  void anAnswerThatIsCutShortIsLost(Protocol protocol) {
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) ->
                    response
                        .header("Content-Length", "1000")
                        .send(
                            Flux.just("{")
                                .map(text -> Unpooled.copiedBuffer(bytes(text)))
                                .concatWith(
                                    Mono.delay(Duration.ofMillis(100))
                                        .flatMap(
                                            late -> {
                                              response.withConnection(TestServer::hangUp);
                                              return Mono.never();
                                            })),
                            chunk -> true)));

    TransportFailure failure =
        failure(transport().send(AcmeRequest.post(server.url("/"), bytes("{}"))));

    assertThat(failure.kind()).isEqualTo(Kind.LOST);
    assertThat(failure.what())
        .isEqualTo(
            "localhost:" + server.port() + " closed the connection in the middle of its answer");
    assertThat(server.requests).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatBreaksWithoutAnAnswerIsLostAndNothingIsSentAgain(Protocol protocol) {
    AtomicInteger orders = new AtomicInteger();
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) -> {
                  if (request.uri().equals("/warm")) {
                    return response;
                  }
                  orders.incrementAndGet();
                  request.withConnection(TestServer::reset);
                  return Mono.never();
                }));
    NettyTransport transport = transport(trusting().maxConnections(1));
    transport.send(AcmeRequest.get(server.url("/warm"))).block(PATIENCE);

    TransportFailure failure =
        failure(transport.send(AcmeRequest.post(server.url("/order"), bytes("{}"))));

    assertThat(failure.kind()).isEqualTo(Kind.LOST);
    assertThat(orders).hasValue(1);
    assertThat(server.connections).hasSize(1);
    assertThat(transport.send(AcmeRequest.get(server.url("/warm"))).block(PATIENCE).status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @EnumSource
  void anAnswerThatDoesNotComeInTimeIsLost(Protocol protocol) {
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) -> request.uri().equals("/late") ? Mono.never() : response));
    NettyTransport transport = transport(trusting().responseTimeout(Duration.ofMillis(300)));

    TransportFailure failure =
        failure(transport.send(AcmeRequest.post(server.url("/late"), bytes("{}"))));

    assertThat(failure.kind()).isEqualTo(Kind.LOST);
    assertThat(failure.what())
        .isEqualTo("no complete answer from localhost:" + server.port() + " within 300 ms");
    assertThat(transport.send(AcmeRequest.get(server.url("/"))).retry(20).block(PATIENCE).status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @EnumSource
  void anAnswerThatDripsIsLostToo(Protocol protocol) {
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) ->
                    response.send(
                        Flux.interval(Duration.ofMillis(20))
                            .map(i -> Unpooled.copiedBuffer(bytes("x"))),
                        chunk -> true)));

    TransportFailure failure =
        failure(
            transport(trusting().responseTimeout(Duration.ofMillis(500)))
                .send(AcmeRequest.get(server.url("/"))));

    assertThat(failure.kind()).isEqualTo(Kind.LOST);
  }

  @Test
  void aServerWithAnotherRootIsNotTrustedAndSeesNothing() {
    TestServer server =
        opened(
            new TestServer(
                new TestTls("another root"), Protocol.H2, (request, response) -> response));

    TransportFailure failure = failure(transport().send(AcmeRequest.get(server.url("/"))));

    assertThat(failure.kind()).isEqualTo(Kind.NOT_TRUSTED);
    assertThat(failure.what())
        .isEqualTo(
            "the certificate of localhost:"
                + server.port()
                + " is not trusted: no trusted root has issued it");
    assertThat(server.requests).hasValue(0);
  }

  @Test
  void aServerWhoseRootHasTheSameNameAndAnotherKeyIsNotTrusted() {
    TestServer server =
        opened(new TestServer(new TestTls(), Protocol.H2, (request, response) -> response));

    TransportFailure failure = failure(transport().send(AcmeRequest.get(server.url("/"))));

    assertThat(failure.kind()).isEqualTo(Kind.NOT_TRUSTED);
    assertThat(failure.what())
        .endsWith("no trusted root has issued it; one has its issuer's name, and another key");
  }

  @Test
  void theDefaultTrustStoreDoesNotTrustATestRoot() {
    TestServer server = opened(new TestServer(TLS, Protocol.H2, (request, response) -> response));

    TransportFailure failure =
        failure(transport(TransportSettings.defaults()).send(AcmeRequest.get(server.url("/"))));

    assertThat(failure.kind()).isEqualTo(Kind.NOT_TRUSTED);
  }

  @Test
  void aCertificateForAnotherNameIsNotTrusted() {
    var context = TLS.server(Duration.ofDays(1), "other.test", "h2");
    TestServer server =
        opened(
            new TestServer(
                http -> http.secure(spec -> spec.sslContext(context)),
                (request, response) -> response));

    TransportFailure failure = failure(transport().send(AcmeRequest.get(server.url("/"))));

    assertThat(failure.kind()).isEqualTo(Kind.NOT_TRUSTED);
    assertThat(failure.what()).endsWith("it is not for localhost");
  }

  @Test
  void anExpiredCertificateIsNotTrusted() {
    var context = TLS.server(Duration.ofDays(-1), "localhost", "h2");
    TestServer server =
        opened(
            new TestServer(
                http -> http.secure(spec -> spec.sslContext(context)),
                (request, response) -> response));

    TransportFailure failure = failure(transport().send(AcmeRequest.get(server.url("/"))));

    assertThat(failure.kind()).isEqualTo(Kind.NOT_TRUSTED);
    assertThat(failure.what()).endsWith("has expired");
  }

  @Test
  void aRefusedConnectionIsNotSent() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }

    TransportFailure failure =
        failure(
            transport()
                .send(AcmeRequest.get(URI.create("https://127.0.0.1:" + port + "/directory"))));

    assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    assertThat(failure.what()).isEqualTo("connection refused by 127.0.0.1:" + port);
  }

  @Test
  void anUnknownHostIsNotSent() {
    TransportFailure failure =
        failure(
            transport()
                .send(AcmeRequest.get(URI.create("https://no-such-host.invalid/directory"))));

    assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    assertThat(failure.what()).startsWith("host no-such-host.invalid ");
  }

  @Test
  void aServerThatNeverAcceptsIsNotSent() throws Exception {
    try (ServerSocket silent = new ServerSocket(0)) {
      TransportFailure failure =
          failure(
              transport(trusting().connectTimeout(Duration.ofMillis(300)))
                  .send(
                      AcmeRequest.get(
                          URI.create("https://127.0.0.1:" + silent.getLocalPort() + "/"))));

      assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
      assertThat(failure.what())
          .isEqualTo(
              "127.0.0.1:" + silent.getLocalPort() + " does not answer: no TLS handshake in time");
    }
  }

  @Test
  void aPortWithoutTlsIsNotSent() {
    TestServer server = opened(new TestServer(http -> http, (request, response) -> response));

    TransportFailure failure = failure(transport().send(AcmeRequest.get(server.url("/"))));

    assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    assertThat(failure.what()).isEqualTo("localhost:" + server.port() + " does not speak TLS");
  }

  @Test
  void requestsBeyondTheConnectionsFailWhenNoneBecomesFree() {
    Sinks.Empty<Void> held = Sinks.empty();
    TestServer server =
        opened(
            new TestServer(
                TLS,
                Protocol.HTTP11,
                (request, response) ->
                    request.uri().equals("/held")
                        ? response.sendHeaders().then(held.asMono())
                        : response));
    NettyTransport transport =
        transport(trusting().maxConnections(1).acquireTimeout(Duration.ofMillis(300)));
    Mono<AcmeResponse> first = transport.send(AcmeRequest.get(server.url("/held"))).cache();
    first.subscribe();

    TransportFailure failure =
        failure(transport.send(AcmeRequest.get(server.url("/"))).repeat(20).last());
    held.tryEmitEmpty();

    assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    assertThat(failure.what())
        .isEqualTo("no connection to localhost:" + server.port() + " became free in time");
    assertThat(first.block(PATIENCE).status()).isEqualTo(200);
  }

  @Test
  void httpIsRefusedUnlessItIsThisMachineAndAllowed() {
    TestServer server = opened(new TestServer(http -> http, (request, response) -> response));
    URI local = URI.create("http://127.0.0.1:" + server.port() + "/");
    NettyTransport allowing = transport(trusting().allowLoopbackHttp());

    StepVerifier.create(transport().send(AcmeRequest.get(local)))
        .verifyError(IllegalArgumentException.class);
    assertThat(server.requests).hasValue(0);
    assertThat(allowing.send(AcmeRequest.get(local)).block(PATIENCE).status()).isEqualTo(200);
    for (String url :
        List.of(
            "http://192.0.2.1/",
            "http://localhost.example.org/",
            "http://127.0.0.1.example.org/",
            "ftp://127.0.0.1/",
            "https://user:secret@localhost/",
            "https:/nothing")) {
      StepVerifier.create(allowing.send(AcmeRequest.get(URI.create(url))))
          .verifyError(IllegalArgumentException.class);
    }
  }

  @Test
  void aClosedTransportSendsNothingAndItsConnectionsAreGone() {
    TestServer server = opened(new TestServer(TLS, Protocol.H2, (request, response) -> response));
    NettyTransport transport = transport();
    transport.send(AcmeRequest.get(server.url("/"))).block(PATIENCE);

    transport.disposeLater().block(PATIENCE);
    transport.disposeLater().block(PATIENCE);

    server.connections.iterator().next().closeFuture().awaitUninterruptibly(30_000);
    assertThat(server.connections).noneMatch(io.netty.channel.Channel::isOpen);
    TransportFailure failure = failure(transport.send(AcmeRequest.get(server.url("/"))));
    assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    assertThat(failure.what()).isEqualTo("the client is closed");
    assertThat(server.requests).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource
  void aCancelledRequestLeavesTheTransportUsable(Protocol protocol) {
    ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
    Sinks.Empty<Void> arrived = Sinks.empty();
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) -> {
                  seen.add(request.uri());
                  if (request.uri().equals("/held")) {
                    arrived.tryEmitEmpty();
                    return Mono.never();
                  }
                  return response;
                }));
    NettyTransport transport = transport();

    StepVerifier.create(transport.send(AcmeRequest.get(server.url("/held"))))
        .then(() -> arrived.asMono().block(PATIENCE))
        .thenCancel()
        .verify(PATIENCE);

    assertThat(transport.send(AcmeRequest.get(server.url("/next"))).block(PATIENCE).status())
        .isEqualTo(200);
    assertThat(seen).containsExactly("/held", "/next");
  }

  @ParameterizedTest
  @EnumSource
  void aRequestUnderWayIsLostWhenTheTransportIsClosed(Protocol protocol) {
    Sinks.Empty<Void> arrived = Sinks.empty();
    TestServer server =
        opened(
            new TestServer(
                TLS,
                protocol,
                (request, response) -> {
                  arrived.tryEmitEmpty();
                  return Mono.never();
                }));
    NettyTransport transport = transport();
    Mono<AcmeResponse> answer = transport.send(AcmeRequest.get(server.url("/"))).cache();
    answer.onErrorComplete().subscribe();
    arrived.asMono().block(PATIENCE);

    transport.disposeLater().block(PATIENCE);

    assertThat(failure(answer).kind()).isEqualTo(Kind.LOST);
  }

  @Test
  void aRequestThatTheServerSaysItWillNotLookAtIsNotSent() {
    TestServer server =
        opened(
            new TestServer(
                TLS,
                Protocol.H2,
                (request, response) -> {
                  if (request.uri().equals("/refused")) {
                    request.withConnection(TestServer::goAway);
                    return Mono.never();
                  }
                  return response;
                }));
    NettyTransport transport = transport();
    transport.send(AcmeRequest.get(server.url("/"))).block(PATIENCE);

    TransportFailure failure =
        failure(transport.send(AcmeRequest.post(server.url("/refused"), bytes("{}"))));

    assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    assertThat(failure.what())
        .isEqualTo("localhost:" + server.port() + " ended the connection before the request");
    assertThat(transport.send(AcmeRequest.get(server.url("/"))).block(PATIENCE).status())
        .isEqualTo(200);
    assertThat(server.connections).hasSize(2);
  }

  @Test
  void theAnswerComesOnTheLoopsThatAreGiven() {
    TestServer server = opened(new TestServer(TLS, Protocol.H2, (request, response) -> response));
    LoopResources loops = LoopResources.create("mine", 1, true);
    NettyTransport transport = transport(trusting().loops(loops));

    String thread =
        transport
            .send(AcmeRequest.get(server.url("/")))
            .map(answer -> Thread.currentThread().getName())
            .block(PATIENCE);

    transport.disposeLater().block(PATIENCE);
    assertThat(thread).startsWith("mine-");
    assertThat(loops.isDisposed()).isFalse();
    loops.disposeLater(Duration.ZERO, PATIENCE).block(PATIENCE);
  }

  @Test
  void aRequestMayBeSentFromANonBlockingThread() {
    TestServer server = opened(new TestServer(TLS, Protocol.H2, (request, response) -> response));

    AcmeResponse answer =
        transport()
            .send(AcmeRequest.get(server.url("/")))
            .subscribeOn(Schedulers.parallel())
            .block(PATIENCE);

    assertThat(answer.status()).isEqualTo(200);
  }

  @Test
  void whatIsNotHttpIsLost() {
    TransportFailure failure =
        failure(transport().send(AcmeRequest.get(raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"))));

    assertThat(failure.kind()).isEqualTo(Kind.LOST);
    assertThat(failure.what()).matches("the answer of localhost:\\d+ is not HTTP");
  }

  @Test
  void headersWithoutEndAreTooLarge() {
    TransportFailure failure =
        failure(
            transport()
                .send(AcmeRequest.get(raw("HTTP/1.1 200 OK\r\nLink: " + "x".repeat(1 << 20)))));

    assertThat(failure.kind()).isEqualTo(Kind.TOO_LARGE);
  }

  /** A server that answers anything with this. */
  private URI raw(String answer) {
    var context = TLS.server("http/1.1");
    DisposableServer server =
        TcpServer.create()
            .host("127.0.0.1")
            .port(0)
            .secure(spec -> spec.sslContext(context))
            .handle(
                (in, out) ->
                    in.receive()
                        .take(1)
                        .then()
                        .thenMany(out.sendString(Mono.just(answer)).then(Mono.never())))
            .bindNow();
    open.add(server::disposeNow);
    return URI.create("https://localhost:" + server.port() + "/");
  }
}
