package io.github.certflux.challenge;

import io.github.certflux.protocol.Challenge;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.logging.HttpMessageArgProvider;
import reactor.netty.http.logging.HttpMessageLogFactory;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/** The http-01 server on a port of its own, which is open to the world. */
final class Http01Server {
  private static final int HTTP = 80;
  private static final int MAX_CONNECTIONS = 512;
  private static final Duration LONGEST_CONNECTION = Duration.ofSeconds(20);
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(5);
  private static final int LONGEST_REQUEST_LINE = 1024;
  private static final int LONGEST_LINE_OF_OTHERS = 8 * 1024;
  private static final int LARGEST_HEADERS = 8 * 1024;

  private Http01Server() {}

  /**
   * The port, not bound yet. Loads what it needs: not for an event loop.
   *
   * @param loops its event loops; Reactor Netty's shared ones if {@code null}
   * @param onlyCas whether nothing is to be asked for but proofs, whose paths are short
   */
  static ListeningPort on(
      InetSocketAddress address,
      @Nullable LoopResources loops,
      boolean onlyCas,
      Http01Handler handler) {
    OpenConnections connections =
        new OpenConnections(MAX_CONNECTIONS, LONGEST_CONNECTION.toMillis());
    HttpServer http =
        (loops == null ? HttpServer.create() : HttpServer.create().runOn(loops))
            .bindAddress(() -> address)
            .protocol(HttpProtocol.HTTP11)
            .httpRequestDecoder(
                spec ->
                    spec.maxInitialLineLength(
                            onlyCas ? LONGEST_REQUEST_LINE : LONGEST_LINE_OF_OTHERS)
                        .maxHeaderSize(LARGEST_HEADERS))
            .idleTimeout(LONGEST_SILENCE)
            .requestTimeout(LONGEST_SILENCE)
            .httpMessageLogFactory(new NotShown())
            .doOnChannelInit((observer, channel, remote) -> connections.accept(channel))
            .handle(handler);
    // Loads native libraries, synchronously.
    http.warmup().subscribe();
    return new ListeningPort(Challenge.HTTP_01, HTTP, address, Mono.defer(http::bind), connections);
  }

  /**
   * Reactor Netty writes requests that it can't read into the log, as a warning and with their
   * headers' names; but they come from anyone.
   */
  private static final class NotShown implements HttpMessageLogFactory {
    private static final String NOT_SHOWN = "(not shown)";

    @Override
    public String trace(HttpMessageArgProvider message) {
      return NOT_SHOWN;
    }

    @Override
    public String debug(HttpMessageArgProvider message) {
      return NOT_SHOWN;
    }

    @Override
    public String info(HttpMessageArgProvider message) {
      return NOT_SHOWN;
    }

    @Override
    public String warn(HttpMessageArgProvider message) {
      return NOT_SHOWN;
    }

    @Override
    public String error(HttpMessageArgProvider message) {
      return NOT_SHOWN;
    }
  }
}
