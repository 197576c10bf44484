package io.github.certflux.challenge;

import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;

/**
 * The port that a solver listens on: bound once, by the first who needs it, for all who wait; bound
 * again by the next when that failed, or when the port was lost.
 */
final class ListeningPort {
  private final String type;
  private final int asked;
  private final InetSocketAddress address;
  private final Mono<? extends DisposableServer> bind;
  private final OpenConnections connections;

  /** The attempt under way or done; none before the first and after a failed one. */
  private final AtomicReference<Sinks.@Nullable One<DisposableServer>> attempt =
      new AtomicReference<>();

  private final Sinks.One<DisposableServer> closed = Sinks.one();
  private final Sinks.Empty<Void> closing = Sinks.empty();
  private volatile int port;

  /**
   * A port, not bound yet.
   *
   * @param type of challenge
   * @param asked the port that CAs ask
   * @param bind binds it, for each subscription
   * @param connections closed with it
   */
  ListeningPort(
      String type,
      int asked,
      InetSocketAddress address,
      Mono<? extends DisposableServer> bind,
      OpenConnections connections) {
    this.type = type;
    this.asked = asked;
    this.address = address;
    this.bind = bind;
    this.connections = connections;
    this.port = address.getPort();
    closed.tryEmitError(new SolverException("the " + type + " solver is closed", null));
  }

  /** The port that was bound; the one that is to be before that. */
  int port() {
    return port;
  }

  /** Signals the server once the port is bound. */
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
    bind.subscribe(
        server -> {
          port = server.port();
          server.onDispose(() -> attempt.compareAndSet(mine, null));
          mine.tryEmitValue(server);
        },
        error -> {
          attempt.compareAndSet(mine, null);
          mine.tryEmitError(new SolverException(what(type, asked, address, error), error));
        });
  }

  static String what(String type, int asked, InetSocketAddress address, Throwable error) {
    Throwable cause = error instanceof ChannelBindException ? error.getCause() : error;
    String reason = cause == null || cause.getMessage() == null ? "" : cause.getMessage();
    String where =
        type
            + " can't listen on "
            + (address.getAddress().isAnyLocalAddress() ? "" : address.getHostString() + " ")
            + "port "
            + address.getPort();
    String another = "choose another port and forward port " + asked + " to it";
    if (reason.contains("in use")) {
      return where + ", which is in use: stop what listens there, or " + another;
    }
    if (reason.contains("ermission denied")) {
      return where
          + ", which needs a privilege (CAP_NET_BIND_SERVICE on Linux): grant it, or "
          + another;
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
}
