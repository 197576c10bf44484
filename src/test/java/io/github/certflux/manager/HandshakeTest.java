package io.github.certflux.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.ByteBuffer;
import java.security.Principal;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.SslProvider;

/** A TLS server with the manager's keys. */
class HandshakeTest {
  private final World world = new World();
  private final CertificateManager manager =
      world.builder(world.store).authority(world.ca).defaultName("a.example.org").build();

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void theServerNameChoosesTheCertificateAndARenewalNeedsNoNewContext(String version)
      throws Exception {
    new World.Told(manager.manage("a.example.org", "*.b.example.org"));
    world.pass(Duration.ofSeconds(5));
    SSLContext server = server();

    assertThat(shown(server, version, "a.example.org")).isEqualTo(leaf("a.example.org"));
    assertThat(shown(server, version, "www.b.example.org")).isEqualTo(leaf("x.b.example.org"));
    assertThat(shown(server, version, null)).isEqualTo(leaf("a.example.org"));
    assertThat(shown(server, version, "c.example.org")).isEqualTo(leaf("a.example.org"));

    X509Certificate before = leaf("a.example.org");
    world.pass(Duration.ofDays(34));
    assertThat(leaf("a.example.org")).isNotEqualTo(before);
    assertThat(shown(server, version, "a.example.org")).isEqualTo(leaf("a.example.org"));
  }

  /** One that names whom it trusts may go on without a certificate, but not with a wrong one. */
  @Test
  void aClientShowsTheDefaultCertificateToWhoTrustsItsIssuer() {
    String[] types = {"RSA", "EC"};
    assertThat(manager.keyManager().chooseClientAlias(types, null, null)).as("none yet").isNull();

    new World.Told(manager.manage("a.example.org"));
    world.pass(Duration.ofSeconds(5));

    X509Certificate leaf = leaf("a.example.org");
    String alias = manager.keyManager().chooseClientAlias(types, null, null);
    assertThat(manager.keyManager().getCertificateChain(alias)).startsWith(leaf);
    Principal[] trusted = {new X500Principal("CN=x"), leaf.getIssuerX500Principal()};
    assertThat(manager.keyManager().chooseClientAlias(types, trusted, null)).isEqualTo(alias);
    assertThat(manager.keyManager().chooseEngineClientAlias(types, trusted, null)).isEqualTo(alias);
    Principal[] others = {new X500Principal("CN=x")};
    assertThat(manager.keyManager().chooseClientAlias(types, others, null)).isNull();
    assertThat(manager.keyManager().chooseClientAlias(new String[] {"RSA"}, null, null)).isNull();
  }

  @Test
  void aServersFirstHandshakeWaitsForItsCertificate() throws Exception {
    world.ca.orderly = issued -> issued.delayElement(Duration.ofMillis(50), Schedulers.parallel());
    CertificateManager onDemand =
        world
            .builder(world.store)
            .authority(world.ca)
            .onDemand(OnDemand.when(name -> Mono.just(name.equals("shop.example.org"))))
            .build();
    SslContext context = SslContextBuilder.forServer(onDemand.keyManager()).build();
    SslProvider provider = SslProvider.builder().sslContext(context).build();
    DisposableServer server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .secure(spec -> spec.sslContext(context).setSniAsyncMappings(onDemand.sni(provider)))
            .handle((request, response) -> response.sendString(Mono.just("hello")))
            .bindNow();
    try {
      assertThat(answer(server, "shop.example.org").block(Duration.ofSeconds(20)))
          .isEqualTo("hello");
      assertThatThrownBy(() -> answer(server, "bad.example.org").block(Duration.ofSeconds(20)))
          .hasRootCauseInstanceOf(SSLException.class);
      assertThat(world.ca.attempts).isEqualTo(1);
    } finally {
      server.disposeNow();
    }
  }

  private static Mono<String> answer(DisposableServer server, String name) throws SSLException {
    SslContext client =
        SslContextBuilder.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE).build();
    return HttpClient.create()
        .host("127.0.0.1")
        .port(server.port())
        .secure(spec -> spec.sslContext(client).serverNames(new SNIHostName(name)))
        .get()
        .uri("/")
        .responseContent()
        .aggregate()
        .asString();
  }

  @Test
  void aliasesOfNobodyAreNobodys() {
    for (String alias : List.of("", "/", "x", "x/1")) {
      assertThat(manager.keyManager().getPrivateKey(alias)).isNull();
      assertThat(manager.keyManager().getCertificateChain(alias)).isNull();
    }
    assertThat(manager.keyManager().getServerAliases("EC", null)).isNull();
  }

  private X509Certificate leaf(String name) {
    return manager.certificate(name).orElseThrow().chain().get(0);
  }

  private SSLContext server() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(new KeyManager[] {manager.keyManager()}, null, null);
    return context;
  }

  /** What a client is shown, over a wire in memory. The signatures of this CA are no signatures. */
  private static X509Certificate shown(SSLContext context, String version, @Nullable String name)
      throws Exception {
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    SSLEngine client = trusting.createSSLEngine();
    client.setUseClientMode(true);
    SSLParameters parameters = client.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    if (name != null) {
      parameters.setServerNames(List.of(new SNIHostName(name)));
    }
    client.setSSLParameters(parameters);
    SSLEngine server = context.createSSLEngine();
    server.setUseClientMode(false);
    ByteBuffer toServer = ByteBuffer.allocate(100_000);
    ByteBuffer toClient = ByteBuffer.allocate(100_000);
    client.beginHandshake();
    server.beginHandshake();
    for (int i = 0; i < 100; i++) {
      step(client, toClient, toServer);
      step(server, toServer, toClient);
      if (done(client) && done(server)) {
        return (X509Certificate) client.getSession().getPeerCertificates()[0];
      }
    }
    throw new AssertionError("no end of the handshake");
  }

  private static boolean done(SSLEngine engine) {
    return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
  }

  private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK -> {
        for (Runnable task = engine.getDelegatedTask();
            task != null;
            task = engine.getDelegatedTask()) {
          task.run();
        }
      }
      case NEED_WRAP -> engine.wrap(ByteBuffer.allocate(0), out);
      default -> {
        in.flip();
        engine.unwrap(in, ByteBuffer.allocate(100_000));
        in.compact();
      }
    }
  }
}
