package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.List;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/** The CA over HTTPS, HTTP/2 and HTTP/1.1. */
final class HttpBinding {
  private static final byte[] NOTHING = {};
  private static final byte[] CHUNK = new byte[1 << 16];

  private final DisposableServer server;
  private final LoopResources loops;

  private HttpBinding(DisposableServer server, LoopResources loops) {
    this.server = server;
    this.loops = loops;
  }

  /**
   * Where to listen.
   *
   * @param host name or address
   * @param port 0 for a free one
   * @param http2 whether HTTP/2 is offered
   */
  record Address(String host, int port, boolean http2) {}

  /** Listens. */
  static Mono<HttpBinding> bind(Core core, Gateway gateway, Address address) {
    return Mono.fromCallable(() -> tls(core, address.http2()))
        .subscribeOn(Schedulers.boundedElastic())
        .flatMap(tls -> bind(gateway, address, tls));
  }

  private static Mono<HttpBinding> bind(Gateway gateway, Address address, SslContext tls) {
    LoopResources loops = LoopResources.create("test-ca-http", 1, 2, true);
    HttpServer server =
        HttpServer.create()
            .host(address.host())
            .port(address.port())
            .runOn(loops)
            .secure(spec -> spec.sslContext(tls))
            .handle((request, response) -> handle(gateway, request, response));
    HttpServer speaking =
        address.http2()
            ? server
                .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
                .http2Settings(settings -> settings.maxConcurrentStreams(1000))
            : server.protocol(HttpProtocol.HTTP11);
    return speaking
        .bind()
        .<HttpBinding>map(bound -> new HttpBinding(bound, loops))
        .onErrorResume(error -> loops.disposeLater().then(Mono.error(error)));
  }

  private static SslContext tls(Core core, boolean http2)
      throws GeneralSecurityException, IOException {
    CaKey key = CaKey.generate(core.chance);
    byte[] certificate =
        core.issuer()
            .forServer(
                key.info(),
                List.of(
                    Identifier.dns("localhost"),
                    new Identifier("ip", "127.0.0.1"),
                    new Identifier("ip", "::1")))
            .getEncoded();
    PrivateKey privateKey =
        KeyFactory.getInstance("EC")
            .generatePrivate(
                new PKCS8EncodedKeySpec(
                    PrivateKeyInfoFactory.createPrivateKeyInfo(key.key()).getEncoded()));
    X509Certificate x509 =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(certificate));
    return http2
        ? Http2SslContextSpec.forServer(privateKey, x509).sslContext()
        : Http11SslContextSpec.forServer(privateKey, x509).sslContext();
  }

  int port() {
    return server.port();
  }

  Mono<Void> disposeLater() {
    return Mono.<Void>fromRunnable(server::dispose)
        .then(Mono.defer(server::onDispose))
        .then(loops.disposeLater(Duration.ZERO, Duration.ofSeconds(3)));
  }

  private static Mono<Void> handle(
      Gateway gateway, HttpServerRequest request, HttpServerResponse response) {
    String base = "https://" + request.requestHeaders().get(HttpHeaderNames.HOST, "");
    Mono<byte[]> body =
        request.method().equals(HttpMethod.POST)
            ? request.receive().aggregate().asByteArray().defaultIfEmpty(NOTHING)
            : Mono.just(NOTHING);
    return body.flatMap(
            bytes ->
                gateway.serve(
                    new CaRequest(
                        request.method().name(),
                        base,
                        request.uri(),
                        request.requestHeaders().get(HttpHeaderNames.CONTENT_TYPE),
                        bytes)))
        .flatMap(delivery -> deliver(request, response, delivery));
  }

  private static Mono<Void> deliver(
      HttpServerRequest request, HttpServerResponse response, Delivery delivery) {
    Delivery.Ending ending = delivery.ending();
    if (ending == Delivery.Ending.CONNECTION_DROPPED) {
      return close(response, true);
    }
    if (ending == Delivery.Ending.LOST || ending == Delivery.Ending.NOT_SENT) {
      return close(response, false);
    }
    Answer answer = delivery.answer();
    response.status(answer.status());
    answer.headers().forEach(h -> response.addHeader(h.name(), h.value()));
    if (request.method().equals(HttpMethod.HEAD)) {
      return response.send();
    }
    if (delivery.hugeBytes() > 0) {
      return response
          .header(HttpHeaderNames.CONTENT_LENGTH, Long.toString(delivery.hugeBytes()))
          .send(huge(delivery.hugeBytes()))
          .then();
    }
    byte[] body = answer.body();
    if (ending == Delivery.Ending.CUT_SHORT) {
      return response
          .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length + 100))
          .send(Flux.just(Unpooled.wrappedBuffer(body, 0, body.length / 2)), any -> true)
          .then()
          .then(close(response, false));
    }
    response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
    return body.length == 0
        ? response.send()
        : response.sendObject(Unpooled.wrappedBuffer(body)).then();
  }

  /** Closes the stream of an HTTP/2 connection or all of the connection, with no answer. */
  private static Mono<Void> close(HttpServerResponse response, boolean all) {
    return Mono.<Void>fromRunnable(
            () ->
                response.withConnection(
                    connection -> {
                      Channel channel = connection.channel();
                      boolean stream = channel instanceof Http2StreamChannel;
                      ChannelFuture unused = (all && stream ? channel.parent() : channel).close();
                    }))
        .then(Mono.never());
  }

  private static Flux<ByteBuf> huge(long bytes) {
    return Flux.generate(
        () -> bytes,
        (left, sink) -> {
          if (left == 0) {
            sink.complete();
            return 0L;
          }
          int size = (int) Math.min(left, CHUNK.length);
          sink.next(Unpooled.wrappedBuffer(CHUNK, 0, size));
          return left - size;
        });
  }
}
