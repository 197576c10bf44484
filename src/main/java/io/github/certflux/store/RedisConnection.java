package io.github.certflux.store;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A connection that many questions share. One that was lost, or that gave an error (it leads to a
 * replica, or to a server that is still loading) or no answer in time, is left: nobody asks over it
 * any more, and it is closed when the last of those who wait has its answer or has given up.
 */
final class RedisConnection {

  private final Mono<StatefulRedisConnection<String, byte[]>> opened;
  private final Mono<Void> closed;

  /** Guarded by this. */
  private int waiting;

  private boolean isLeft;

  /**
   * Begins.
   *
   * @param connecting ends when it is open, or can't be opened
   */
  RedisConnection(CompletionStage<StatefulRedisConnection<String, byte[]>> connecting) {
    this.opened = opened(connecting);
    this.closed = opened.flatMap(RedisConnection::closed).onErrorComplete().cache();
    opened.subscribe(this::watch, error -> leave());
  }

  /** Unlike a {@code Mono} of the future it drops no error where everybody has cancelled. */
  private static <C> Mono<C> opened(CompletionStage<C> connecting) {
    Sinks.One<C> opened = Sinks.one();
    connecting.whenComplete(
        (connection, error) -> {
          if (error == null) {
            opened.tryEmitValue(connection);
          } else {
            Throwable cause = error.getCause();
            opened.tryEmitError(
                error instanceof CompletionException && cause != null ? cause : error);
          }
        });
    return opened.asMono();
  }

  /** A connection of its own, which is closed if it comes after the subscriber has cancelled. */
  static <C extends StatefulConnection<?, ?>> Mono<C> ofOne(CompletionStage<C> connecting) {
    Mono<C> opened = opened(connecting);
    AtomicBoolean isGiven = new AtomicBoolean();
    return opened
        .doOnNext(connection -> isGiven.set(true))
        .doOnCancel(
            () -> {
              if (!isGiven.get()) {
                opened.flatMap(RedisConnection::closed).onErrorComplete().subscribe();
              }
            });
  }

  private void watch(StatefulRedisConnection<String, byte[]> connection) {
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
        () -> {
          if (!enter()) {
            return otherwise;
          }
          AtomicBoolean answered = new AtomicBoolean();
          return opened
              .flatMap(
                  connection -> Mono.fromCompletionStage(() -> question.apply(connection.async())))
              .doOnSuccess(answer -> answered.set(true))
              .doFinally(end -> exit(answered.get()));
        });
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

  private void exit(boolean isAnswered) {
    boolean isLast;
    synchronized (this) {
      waiting--;
      isLeft |= !isAnswered;
      isLast = isLeft && waiting == 0;
    }
    if (isLast) {
      closed.subscribe();
    }
  }

  private void leave() {
    boolean isLast;
    synchronized (this) {
      isLast = !isLeft && waiting == 0;
      isLeft = true;
    }
    if (isLast) {
      closed.subscribe();
    }
  }

  /** Closes it, whoever waits. */
  Mono<Void> close() {
    leave();
    return closed;
  }

  private static Mono<Void> closed(StatefulConnection<?, ?> connection) {
    return Mono.fromCompletionStage(connection::closeAsync);
  }
}
