package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.certflux.internal.TestServer.Protocol;
import io.github.certflux.internal.TransportFailure.Kind;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.transport.ProxyProvider;

/** What stands between the client and the server: a proxy, or a NAT that forgets. */
class NettyTransportProxyTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final TestTls TLS = new TestTls();

  private final TestRelay proxy = new TestRelay();

  @AfterEach
  void close() throws Exception {
    proxy.close();
  }

  private static TransportSettings trusting() {
    return TransportSettings.defaults().trust(TLS.pem());
  }

  @ParameterizedTest
  @EnumSource
  void requestsGoThroughTheProxyThatIsSet(Protocol protocol) {
    try (TestServer server = new TestServer(TLS, protocol, (request, response) -> response)) {
      NettyTransport transport = NettyTransport.create(trusting().proxy("127.0.0.1", proxy.port()));

      Flux.range(0, 50)
          .flatMap(i -> transport.send(AcmeRequest.get(server.url("/"))))
          .blockLast(PATIENCE);
      transport.disposeLater().block(PATIENCE);

      assertThat(server.requests).hasValue(50);
      assertThat(server.connections).hasSizeLessThanOrEqualTo(8);
      assertThat(proxy.heads)
          .hasSize(server.connections.size())
          .allMatch(head -> head.startsWith("CONNECT localhost:" + server.port() + " HTTP/1.1"));
    }
  }

  @Test
  void aProxyCanBeSetOnTheClientToo() {
    try (TestServer server = new TestServer(TLS, Protocol.H2, (request, response) -> response)) {
      NettyTransport transport =
          NettyTransport.create(
              trusting()
                  .customize(
                      client ->
                          client.proxy(
                              spec ->
                                  spec.type(ProxyProvider.Proxy.HTTP)
                                      .host("127.0.0.1")
                                      .port(proxy.port())
                                      .username("joe")
                                      .password(user -> "secret"))));

      transport.send(AcmeRequest.get(server.url("/"))).block(PATIENCE);
      transport.disposeLater().block(PATIENCE);

      assertThat(proxy.heads)
          .singleElement()
          .asString()
          .containsIgnoringCase("proxy-authorization: basic am9lOnNlY3JldA==");
    }
  }

  @Test
  void theProxyLooksUpTheName() {
    NettyTransport transport = NettyTransport.create(trusting().proxy("127.0.0.1", proxy.port()));
    proxy.answer("HTTP/1.1 502 Bad Gateway\r\n\r\n");

    TransportFailure failure =
        failure(transport.send(AcmeRequest.get(URI.create("https://ca.invalid/directory"))));

    assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    assertThat(failure.what())
        .isEqualTo("the proxy did not connect to ca.invalid:443: status: 502 Bad Gateway");
    assertThat(proxy.heads).hasSize(1).allMatch(head -> head.startsWith("CONNECT ca.invalid:443 "));
    transport.disposeLater().block(PATIENCE);
  }

  @Test
  void aProxyThatIsNotThereIsNotSent() throws Exception {
    proxy.close();
    NettyTransport transport = NettyTransport.create(trusting().proxy("127.0.0.1", proxy.port()));

    TransportFailure failure =
        failure(transport.send(AcmeRequest.get(URI.create("https://ca.invalid/directory"))));

    assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    assertThat(failure.what()).isEqualTo("connection refused by the proxy");
    transport.disposeLater().block(PATIENCE);
  }

  @Test
  void anHttp2ConnectionThatHasGoneSilentIsGivenUp() throws Exception {
    try (TestServer server = new TestServer(TLS, Protocol.H2, (request, response) -> response);
        TestRelay relay = new TestRelay(server.port())) {
      URI url = URI.create("https://localhost:" + relay.port() + "/");
      NettyTransport transport =
          NettyTransport.create(
              trusting()
                  .responseTimeout(Duration.ofMillis(500))
                  .connectTimeout(Duration.ofMillis(500)));
      transport.send(AcmeRequest.get(url)).block(PATIENCE);
      relay.silence(relay.accepted.get(0));
      AtomicInteger lost = new AtomicInteger();

      AcmeResponse answer =
          transport
              .send(AcmeRequest.get(url))
              .doOnError(error -> lost.incrementAndGet())
              .retry(9)
              .block(PATIENCE);

      assertThat(answer.status()).isEqualTo(200);
      assertThat(lost).hasValueBetween(1, 9);
      assertThat(relay.accepted).hasSize(2);
      transport.disposeLater().block(PATIENCE);
    }
  }

  @Test
  void anHttp2ConnectionWithOneSlowAnswerIsKept() {
    try (TestServer server =
        new TestServer(
            TLS,
            Protocol.H2,
            (request, response) -> request.uri().equals("/slow") ? Mono.never() : response)) {
      NettyTransport transport =
          NettyTransport.create(
              trusting()
                  .responseTimeout(Duration.ofMillis(200))
                  .connectTimeout(Duration.ofMillis(200)));

      for (int i = 0; i < 3; i++) {
        assertThat(failure(transport.send(AcmeRequest.get(server.url("/slow")))).kind())
            .isEqualTo(Kind.LOST);
      }
      transport.send(AcmeRequest.get(server.url("/"))).retry(20).block(PATIENCE);

      assertThat(server.connections).hasSize(1);
      transport.disposeLater().block(PATIENCE);
    }
  }

  private static TransportFailure failure(Mono<AcmeResponse> answer) {
    return catchThrowableOfType(TransportFailure.class, () -> answer.block(PATIENCE));
  }
}
