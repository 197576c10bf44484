package io.github.certflux.store;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A connection that many questions share. One that was lost, or that gave an error (a replica, a
 * server that is still loading) or no answer in time, is left: nobody asks over it any more, and it
 * is closed when the last of those who wait has its answer or has given up.
 */
final class RedisConnection {

  private static final Logger LOG = LoggerFactory.getLogger(RedisConnection.class);

  private final StatefulRedisConnection<String, byte[]> connection;

  /** Guarded by this. */
  private int waiting;

  private boolean isLeft;

  RedisConnection(StatefulRedisConnection<String, byte[]> connection) {
    this.connection = connection;
    connection.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
            leave();
          }
        });
    if (!connection.isOpen()) {
      leave();
    }
  }

  /** A connection that comes after its subscriber has cancelled is closed. */
  static <C extends StatefulConnection<?, ?>> Mono<C> opened(
      Supplier<? extends CompletionStage<C>> connecting) {
    return Mono.defer(
        () -> {
          CompletableFuture<C> connection = connecting.get().toCompletableFuture();
          Mono<C> opened = Mono.fromFuture(connection, true);
          return opened.doOnCancel(
              () ->
                  opened.subscribe(
                      RedisConnection::hangUp, error -> LOG.debug("store.open", error)));
        });
  }

  /**
   * Asks something, by Lettuce's futures: its publishers do not tell their subscriber when a
   * connection is closed, and may lose an end that comes while they are being subscribed to.
   *
   * @param otherwise what is done instead where the connection has been left meanwhile
   */
  <T> Mono<T> ask(
      Function<RedisAsyncCommands<String, byte[]>, CompletionStage<T>> question,
      Mono<T> otherwise) {
    return Mono.defer(
        () ->
            enter()
                ? Mono.fromCompletionStage(() -> question.apply(connection.async()))
                    .doOnError(error -> leave())
                    .doOnCancel(this::leave)
                    .doFinally(end -> exit())
                : otherwise);
  }

  synchronized boolean isLeft() {
    return isLeft;
  }

  private synchronized boolean enter() {
    if (isLeft) {
      return false;
    }
    waiting++;
    return true;
  }

  private void exit() {
    boolean isLast;
    synchronized (this) {
      waiting--;
      isLast = isLeft && waiting == 0;
    }
    if (isLast) {
      hangUp(connection);
    }
  }

  private void leave() {
    boolean isLast;
    synchronized (this) {
      isLast = !isLeft && waiting == 0;
      isLeft = true;
    }
    if (isLast) {
      hangUp(connection);
    }
  }

  /** Closes it, whoever waits. */
  Mono<Void> close() {
    return Mono.fromCompletionStage(connection::closeAsync);
  }

  private static void hangUp(StatefulConnection<?, ?> connection) {
    Mono.fromCompletionStage(connection::closeAsync)
        .subscribe(done -> {}, error -> LOG.debug("store.close", error));
  }
}
