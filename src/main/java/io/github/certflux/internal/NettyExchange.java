package io.github.certflux.internal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.Future;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.NettyOutbound;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;

/** One request on the wire: an object for each subscription. */
final class NettyExchange {
  /** One line for each exchange, at debug; never a body, a nonce or a key. */
  private static final Logger WIRE = LoggerFactory.getLogger("io.github.certflux.wire");

  private static final AsciiString REPLAY_NONCE = AsciiString.cached("replay-nonce");
  private static final AsciiString LINK = AsciiString.cached("link");
  private static final byte[] NOTHING = {};
  // What is taken on a server's word.
  private static final int LARGEST_GUESS = 16 * 1024;

  private final HttpMethod method;
  private final URI url;
  private final byte[] sending;
  private final int maxBody;
  private final long timeoutMillis;

  // Read by whoever learns of a failure, which need not be the event loop.
  private volatile boolean sent;
  private volatile boolean late;

  private @Nullable Channel channel;
  private @Nullable Http2Connection http2;
  private @Nullable Future<?> deadline;
  private byte[] body = NOTHING;
  private int length;

  /**
   * A request to come.
   *
   * @param sending its body; empty for a method that has none
   */
  NettyExchange(HttpMethod method, URI url, byte[] sending, int maxBody, long timeoutMillis) {
    this.method = method;
    this.url = url;
    this.sending = sending;
    this.maxBody = maxBody;
    this.timeoutMillis = timeoutMillis;
  }

  /** Called once there is a connection, on its event loop. */
  Publisher<Void> write(HttpClientRequest head, NettyOutbound out) {
    sent = true;
    out.withConnection(this::startClock);
    // A Mono goes out in one write with its Content-Length.
    return sending.length > 0 ? out.send(Mono.just(Unpooled.wrappedBuffer(sending))) : out;
  }

  /**
   * Reactor Netty's response timeout starts again with each byte, so that a server that drips would
   * hold a connection for ever; this one does not.
   */
  private void startClock(Connection connection) {
    channel = connection.channel();
    http2 = ConnectionProbe.http2(connection.channel());
    deadline =
        connection
            .channel()
            .eventLoop()
            .schedule(this::breakOff, timeoutMillis, TimeUnit.MILLISECONDS);
  }

  @SuppressWarnings("FutureReturnValueIgnored")
  private void breakOff() {
    Channel open = channel;
    if (open != null) {
      late = true;
      open.close();
      ConnectionProbe.ask(open);
    }
  }

  /** Reads the answer to its end, also of a HEAD, so that the connection can be used again. */
  Publisher<AcmeResponse> read(HttpClientResponse head, ByteBufFlux content) {
    HttpHeaders headers = head.responseHeaders();
    int announced = headers.getInt(HttpHeaderNames.CONTENT_LENGTH, 0);
    if (announced > 0 && !method.equals(HttpMethod.HEAD)) {
      if (announced > maxBody) {
        return Mono.error(TransportFailures.tooLarge(url, maxBody));
      }
      body = new byte[Math.min(announced, LARGEST_GUESS)];
    }
    return content
        .collect(() -> this, NettyExchange::append)
        .map(all -> all.response(head, headers));
  }

  private void append(ByteBuf chunk) {
    int more = chunk.readableBytes();
    if (more > maxBody - length) {
      throw TransportFailures.tooLarge(url, maxBody);
    }
    if (more > body.length - length) {
      body = Arrays.copyOf(body, Math.max(length + more, Math.min(2 * length, maxBody)));
    }
    chunk.readBytes(body, length, more);
    length += more;
  }

  private AcmeResponse response(HttpClientResponse head, HttpHeaders headers) {
    finish();
    int status = head.status().code();
    if (WIRE.isDebugEnabled()) {
      WIRE.debug("method={} path={} status={} bytes={}", method, url.getRawPath(), status, length);
    }
    return new AcmeResponse(
        status,
        headers.get(REPLAY_NONCE),
        headers.get(HttpHeaderNames.LOCATION),
        headers.get(HttpHeaderNames.RETRY_AFTER),
        headers.get(HttpHeaderNames.DATE),
        headers.get(HttpHeaderNames.CONTENT_TYPE),
        headers.contains(LINK) ? List.copyOf(headers.getAll(LINK)) : List.of(),
        length == body.length ? body : Arrays.copyOf(body, length));
  }

  TransportFailure failure(Throwable error, boolean proxied) {
    TransportFailure failure =
        late
            ? TransportFailures.late(url, timeoutMillis)
            : TransportFailures.of(error, url, sent && !isRefused(), proxied);
    if (WIRE.isDebugEnabled()) {
      WIRE.debug(
          "method={} path={} failed={} what=\"{}\"",
          method,
          url.getRawPath(),
          failure.kind(),
          failure.what());
    }
    return failure;
  }

  /**
   * Whether the server has said that it will not look at this request, as it does when it ends a
   * connection after some number of them (GOAWAY, RFC 9113 §6.8).
   */
  private boolean isRefused() {
    return http2 != null
        && http2.goAwayReceived()
        && channel instanceof Http2StreamChannel stream
        && stream.stream().id() > http2.local().lastStreamKnownByPeer();
  }

  /** Ends the clock, after which the connection may be another request's. */
  void finish() {
    channel = null;
    Future<?> running = deadline;
    if (running != null) {
      deadline = null;
      running.cancel(false);
    }
  }
}
