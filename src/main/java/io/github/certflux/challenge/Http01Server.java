package io.github.certflux.challenge;

import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.logging.HttpMessageArgProvider;
import reactor.netty.http.logging.HttpMessageLogFactory;
import reactor.netty.http.server.HttpServer;

/**
 * The listening port: bound once, by the first who needs it, for all who wait; bound again by the
 * next when that failed, or when the port was lost.
 */
final class Http01Server {
  private static final int MAX_CONNECTIONS = 512;
  private static final Duration LONGEST_CONNECTION = Duration.ofSeconds(20);
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(5);
  private static final int LONGEST_REQUEST_LINE = 1024;
  private static final int LARGEST_HEADERS = 8 * 1024;

  private final InetSocketAddress address;
  private final HttpServer http;
  private final OpenConnections connections =
      new OpenConnections(MAX_CONNECTIONS, LONGEST_CONNECTION.toMillis());

  /** The attempt under way or done; none before the first and after a failed one. */
  private final AtomicReference<Sinks.@Nullable One<DisposableServer>> attempt =
      new AtomicReference<>();

  private final Sinks.One<DisposableServer> closed = Sinks.one();
  private final Sinks.Empty<Void> closing = Sinks.empty();
  private volatile int port;

  Http01Server(InetSocketAddress address, Http01Handler handler) {
    this.address = address;
    this.port = address.getPort();
    closed.tryEmitError(new SolverException("the http-01 solver is closed", null));
    http =
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
  }

  int port() {
    return port;
  }

  /** Completes once the port is bound, with what binds it. */
  Mono<DisposableServer> bound() {
    while (true) {
      Sinks.One<DisposableServer> known = attempt.get();
      if (known != null) {
        return known.asMono();
      }
      Sinks.One<DisposableServer> mine = Sinks.one();
      if (attempt.compareAndSet(null, mine)) {
        bind(mine);
        return mine.asMono();
      }
    }
  }

  /** Apart from who waits: a cancel must not unbind the port under the others. */
  private void bind(Sinks.One<DisposableServer> mine) {
    http.bind()
        .subscribe(
            server -> {
              port = server.port();
              server.onDispose(() -> attempt.compareAndSet(mine, null));
              mine.tryEmitValue(server);
            },
            error -> {
              attempt.compareAndSet(mine, null);
              mine.tryEmitError(new SolverException(what(address, error), error));
            });
  }

  static String what(InetSocketAddress address, Throwable error) {
    Throwable cause = error instanceof ChannelBindException ? error.getCause() : error;
    String reason = cause == null || cause.getMessage() == null ? "" : cause.getMessage();
    String where =
        "http-01 can't listen on "
            + (address.getAddress().isAnyLocalAddress() ? "" : address.getHostString() + " ")
            + "port "
            + address.getPort();
    if (reason.contains("in use")) {
      return where
          + ", which is in use: stop what listens there, or choose another port and forward"
          + " port 80 to it";
    }
    if (reason.contains("ermission denied")) {
      return where
          + ", which needs a privilege (CAP_NET_BIND_SERVICE on Linux): grant it, or choose"
          + " another port and forward port 80 to it";
    }
    return where + (cause instanceof BindException ? ": no such address here: " : ": ") + reason;
  }

  /** Unbinds the port for good, and closes what connections there are. */
  Mono<Void> close() {
    return Mono.defer(
        () -> {
          Sinks.One<DisposableServer> last = attempt.getAndSet(closed);
          if (last == null) {
            closing.tryEmitEmpty();
          } else if (last != closed) {
            last.asMono()
                .onErrorComplete()
                .flatMap(this::unbind)
                .onErrorComplete()
                .doOnTerminate(closing::tryEmitEmpty)
                .subscribe();
          }
          return closing.asMono();
        });
  }

  private Mono<Void> unbind(DisposableServer server) {
    server.dispose();
    return server.onDispose().then(Mono.fromRunnable(connections::closeAll));
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
