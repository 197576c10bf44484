package io.github.certflux.internal;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2StreamChannel;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.reactivestreams.Publisher;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** An HTTPS server of one protocol that counts what reaches it. */
final class TestServer implements AutoCloseable {

  /** What a server can be asked in. */
  enum Protocol {
    H2("h2"),
    HTTP11("http/1.1");

    final String alpn;

    Protocol(String alpn) {
      this.alpn = alpn;
    }
  }

  final AtomicInteger requests = new AtomicInteger();
  final Set<Channel> connections = ConcurrentHashMap.newKeySet();
  private final DisposableServer server;

  TestServer(
      TestTls tls,
      Protocol protocol,
      BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> handler) {
    this(secure(tls, protocol), handler);
  }

  TestServer(
      UnaryOperator<HttpServer> change,
      BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> handler) {
    server =
        change
            .apply(HttpServer.create().host("127.0.0.1").port(0))
            .handle(
                (request, response) -> {
                  requests.incrementAndGet();
                  request.withConnection(connection -> connections.add(socket(connection)));
                  return handler.apply(request, response);
                })
            .bindNow();
  }

  static UnaryOperator<HttpServer> secure(TestTls tls, Protocol protocol) {
    var context = tls.server(protocol.alpn);
    return server ->
        server
            .secure(spec -> spec.sslContext(context))
            .protocol(protocol == Protocol.H2 ? HttpProtocol.H2 : HttpProtocol.HTTP11);
  }

  /** The connection itself, where each stream is a channel too. */
  static Channel socket(Connection connection) {
    Channel channel = connection.channel();
    return channel instanceof Http2StreamChannel stream ? stream.parent() : channel;
  }

  /** Closes the connection, cleanly for TCP. */
  static void hangUp(Connection connection) {
    ChannelFuture unused = socket(connection).close();
  }

  /** Closes the connection with a reset. */
  static void reset(Connection connection) {
    socket(connection).config().setOption(ChannelOption.SO_LINGER, 0);
    ChannelFuture unused = socket(connection).close();
  }

  /** Ends an HTTP/2 connection as if the request after the first had not been seen. */
  static void goAway(Connection connection) {
    Channel socket = socket(connection);
    Http2FrameCodec codec = socket.pipeline().get(Http2FrameCodec.class);
    ChannelHandlerContext context = socket.pipeline().context(codec);
    ChannelFuture unused =
        codec
            .encoder()
            .writeGoAway(
                context,
                3,
                Http2Error.NO_ERROR.code(),
                Unpooled.EMPTY_BUFFER,
                context.newPromise());
    context.flush();
  }

  int port() {
    return server.port();
  }

  URI url(String path) {
    return URI.create("https://localhost:" + port() + path);
  }

  @Override
  public void close() {
    server.disposeNow();
  }
}
