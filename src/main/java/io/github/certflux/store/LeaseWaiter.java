package io.github.certflux.store;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * One subscriber that waits for a lease. It is given the lease or has cancelled, never both:
 * whoever delivers learns which it was, and gives a lease back that nobody took.
 */
final class LeaseWaiter implements Subscription {

  private static final Logger LOG = LoggerFactory.getLogger(LeaseWaiter.class);

  private enum State {
    NEW,
    WAITING,
    DONE
  }

  private final CoreSubscriber<? super Lease> subscriber;
  private final Consumer<LeaseWaiter> enter;
  private final Consumer<LeaseWaiter> leave;
  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

  private LeaseWaiter(
      CoreSubscriber<? super Lease> subscriber,
      Consumer<LeaseWaiter> enter,
      Consumer<LeaseWaiter> leave) {
    this.subscriber = subscriber;
    this.enter = enter;
    this.leave = leave;
  }

  /**
   * A lease for each subscription.
   *
   * @param enter called when a lease is asked for
   * @param leave called when a waiter has cancelled
   */
  static Mono<Lease> mono(Consumer<LeaseWaiter> enter, Consumer<LeaseWaiter> leave) {
    return Mono.fromDirect(
        subscriber ->
            subscriber.onSubscribe(
                new LeaseWaiter(Operators.toCoreSubscriber(subscriber), enter, leave)));
  }

  /** Whether it still wants the lease. */
  boolean isWaiting() {
    return state.get() == State.WAITING;
  }

  /** Hands the lease over; false if the subscriber has cancelled. */
  boolean deliver(Lease lease) {
    if (!finish()) {
      return false;
    }
    subscriber.onNext(lease);
    subscriber.onComplete();
    return true;
  }

  /** Hands the lease over, or gives it back if the subscriber has cancelled. */
  void deliverOrRelease(Lease lease) {
    if (!deliver(lease)) {
      lease
          .release()
          .subscribe(
              ok -> {},
              error ->
                  LOG.warn("store.release lease={} reason={}", lease.path(), error.getMessage()));
    }
  }

  /** Completes without a lease. */
  void complete() {
    if (finish()) {
      subscriber.onComplete();
    }
  }

  /** Ends the wait with an error. */
  void fail(Throwable error) {
    if (finish()) {
      subscriber.onError(error);
    }
  }

  private boolean finish() {
    return state.compareAndSet(State.WAITING, State.DONE);
  }

  @Override
  public void request(long n) {
    if (Operators.validate(n) && state.compareAndSet(State.NEW, State.WAITING)) {
      try {
        enter.accept(this);
      } catch (RuntimeException e) {
        fail(e);
      }
    }
  }

  @Override
  public void cancel() {
    if (state.getAndSet(State.DONE) == State.WAITING) {
      leave.accept(this);
    }
  }
}
