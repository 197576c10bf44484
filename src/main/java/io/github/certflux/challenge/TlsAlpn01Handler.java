package io.github.certflux.challenge;

import io.github.certflux.internal.TlsAlpn01;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.NettyPipeline;

/**
 * Reads the first message of a connection. One that offers {@code acme-tls/1} and nothing else is a
 * CA's (RFC 8737 §3): it gets the challenge's certificate, and the connection is closed. Every
 * other one goes on untouched to the server behind, where there is one.
 *
 * <p>The choice is made before any TLS engine has the connection: with some engines, and in TLS
 * 1.2, a certificate is chosen before the application protocol is known.
 */
final class TlsAlpn01Handler extends SslClientHelloHandler<ClientHello> {
  static final String NAME = "certflux.tls-alpn-01";

  private static final Logger log = LoggerFactory.getLogger(TlsAlpn01Handler.class);
  private static final List<String> OF_A_CA = List.of(TlsAlpn01.PROTOCOL);
  private static final long LONGEST_HANDSHAKE_SECONDS = 10;
  private static final int UNRECOGNIZED_NAME = 112;
  private static final int NO_APPLICATION_PROTOCOL = 120;

  private final TlsAlpn01Table table;
  private final Executor heavy;
  private final boolean alone;

  /**
   * A handler of one connection.
   *
   * @param heavy signs
   * @param alone whether there is no server behind that other connections are for
   */
  TlsAlpn01Handler(TlsAlpn01Table table, Executor heavy, boolean alone) {
    this.table = table;
    this.heavy = heavy;
    this.alone = alone;
  }

  @Override
  protected Future<ClientHello> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf hello) {
    return ctx.executor()
        .newSucceededFuture(hello == null ? ClientHello.UNKNOWN : ClientHello.parse(hello));
  }

  @Override
  protected void onLookupComplete(ChannelHandlerContext ctx, Future<ClientHello> read) {
    ClientHello hello = read.getNow();
    if (!hello.protocols().equals(OF_A_CA)) {
      if (alone) {
        refuse(ctx, NO_APPLICATION_PROTOCOL);
      } else {
        ctx.pipeline().remove(this);
      }
      return;
    }
    SslContext challenge = table.find(hello.serverName());
    if (challenge == null) {
      refuse(ctx, UNRECOGNIZED_NAME);
      return;
    }
    // In the table, and so a name that we prove: safe to log.
    log.debug("tls-alpn-01 served name={}", hello.serverName());
    SslHandler handshake = challenge.newHandler(ctx.alloc(), heavy);
    handshake.setHandshakeTimeout(LONGEST_HANDSHAKE_SECONDS, TimeUnit.SECONDS);
    takeFromServer(ctx);
    ctx.pipeline().replace(this, NAME, handshake);
  }

  /** A fatal alert (RFC 8446 §6.2) in the clear, since nothing is agreed yet. */
  private void refuse(ChannelHandlerContext ctx, int description) {
    takeFromServer(ctx);
    ByteBuf alert =
        ctx.alloc().buffer().writeByte(21).writeShort(0x0303).writeShort(2).writeByte(2);
    ctx.writeAndFlush(alert.writeByte(description)).addListener(ChannelFutureListener.CLOSE);
    ctx.pipeline().remove(this);
  }

  /** The server behind hears no more of this connection than its end. */
  private void takeFromServer(ChannelHandlerContext ctx) {
    ChannelPipeline pipeline = ctx.pipeline();
    ChannelHandler server = pipeline.get(NettyPipeline.SslHandler);
    if (server == null) {
      pipeline.addAfter(NAME, NAME + ".end", new End());
    } else {
      pipeline.addAfter(NettyPipeline.SslHandler, NAME + ".end", new End());
      pipeline.remove(server);
    }
  }

  /** Closes the connection after the handshake, as RFC 8737 §3 asks for. */
  private static final class End extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.read();
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored")
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      // A failure is that of the server's own engine, which is taken out.
      if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
        ctx.close();
      }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored")
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      log.debug("tls-alpn-01 handshake failed", cause);
      ctx.close();
    }
  }
}
