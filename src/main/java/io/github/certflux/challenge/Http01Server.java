package io.github.certflux.challenge;

import io.github.certflux.protocol.Challenge;
import java.net.InetSocketAddress;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.logging.HttpMessageArgProvider;
import reactor.netty.http.logging.HttpMessageLogFactory;
import reactor.netty.http.server.HttpServer;

/** The http-01 server on a port of its own, which is open to the world. */
final class Http01Server {
  private static final int HTTP = 80;
  private static final int MAX_CONNECTIONS = 512;
  private static final Duration LONGEST_CONNECTION = Duration.ofSeconds(20);
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(5);
  private static final int LONGEST_REQUEST_LINE = 1024;
  private static final int LARGEST_HEADERS = 8 * 1024;

  private Http01Server() {}

  /** The port, not bound yet. Loads what it needs: not for an event loop. */
  static ListeningPort on(InetSocketAddress address, Http01Handler handler) {
    OpenConnections connections =
        new OpenConnections(MAX_CONNECTIONS, LONGEST_CONNECTION.toMillis());
    HttpServer http =
        HttpServer.create()
            .bindAddress(() -> address)
            .protocol(HttpProtocol.HTTP11)
            .httpRequestDecoder(
                spec ->
                    spec.maxInitialLineLength(LONGEST_REQUEST_LINE).maxHeaderSize(LARGEST_HEADERS))
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
