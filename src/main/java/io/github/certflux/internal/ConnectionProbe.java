package io.github.certflux.internal;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.AttributeKey;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells a connection that is dead from a server that is slow. An HTTP/2 connection whose packets go
 * nowhere, because a NAT has forgotten it, say, would take request after request until TCP gives it
 * up, many minutes later. So when an answer is late, the connection is asked with a PING (RFC 9113
 * §6.7), and closed if nothing at all comes back.
 */
final class ConnectionProbe extends ChannelInboundHandlerAdapter {
  private static final AttributeKey<ConnectionProbe> KEY =
      AttributeKey.valueOf(ConnectionProbe.class, "PROBE");
  private static final long PING_DATA = 0x63657274666c7578L;

  private final long timeoutMillis;

  // Only touched on the connection's event loop.
  private long reads;
  private boolean asking;
  // Found once for all streams: looking through the pipeline takes longer.
  private @Nullable Http2Connection http2;

  private ConnectionProbe(long timeoutMillis) {
    this.timeoutMillis = timeoutMillis;
  }

  /** Watches a new connection: before TLS, so that every byte counts. */
  static void watch(Channel connection, long timeoutMillis) {
    ConnectionProbe probe = new ConnectionProbe(timeoutMillis);
    connection.attr(KEY).set(probe);
    connection.pipeline().addFirst("certflux.probe", probe);
  }

  /** The HTTP/2 that a stream belongs to; none on HTTP/1.1. On the event loop. */
  static @Nullable Http2Connection http2(Channel stream) {
    if (!(stream instanceof Http2StreamChannel)) {
      return null;
    }
    ConnectionProbe probe = stream.parent().attr(KEY).get();
    if (probe == null) {
      return null;
    }
    if (probe.http2 == null) {
      Http2FrameCodec codec = stream.parent().pipeline().get(Http2FrameCodec.class);
      probe.http2 = codec == null ? null : codec.connection();
    }
    return probe.http2;
  }

  /** Asks whether the connection below a stream is alive; on its event loop. */
  static void ask(Channel stream) {
    if (stream instanceof Http2StreamChannel) {
      Channel connection = stream.parent();
      ConnectionProbe probe = connection.attr(KEY).get();
      if (probe != null) {
        probe.askOnce(connection);
      }
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    reads++;
    ctx.fireChannelRead(msg);
  }

  @SuppressWarnings("FutureReturnValueIgnored")
  private void askOnce(Channel connection) {
    if (asking || !connection.isActive()) {
      return;
    }
    asking = true;
    long seen = reads;
    connection.writeAndFlush(new DefaultHttp2PingFrame(PING_DATA));

    connection
        .eventLoop()
        .schedule(
            () -> {
              asking = false;
              if (reads == seen) {
                connection.close();
              }
            },
            timeoutMillis,
            TimeUnit.MILLISECONDS);
  }
}
