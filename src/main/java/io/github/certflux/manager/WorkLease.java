package io.github.certflux.manager;

import io.github.certflux.internal.Timing;
import io.github.certflux.internal.UnderWay;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The exclusive right, over all nodes, to work on something: renewed for as long as the work takes,
 * and given back after it.
 *
 * @param term how long it lasts when its node is gone
 * @param renewal how often it is renewed
 * @param timing for the renewals
 * @param underWay waits for what is given back
 */
record WorkLease(Duration term, Duration renewal, Timing timing, UnderWay underWay) {
  private static final Logger LOG = LoggerFactory.getLogger(WorkLease.class);

  /**
   * Longer than the seat of a client that is gone is held, however long ago it was renewed: an
   * order that was begun under this lease is an orphan by the time another node has it, and is
   * resumed.
   *
   * @param seats the longest term of a client's seat
   */
  static WorkLease outlasting(Duration seats, Timing timing, UnderWay underWay) {
    return new WorkLease(seats.multipliedBy(3).dividedBy(2), seats.dividedBy(3), timing, underWay);
  }

  /** Works if nobody else does; else completes empty. */
  <T> Mono<T> ifFree(Mono<Lease> taken, Function<Lease, Mono<T>> work) {
    return Mono.usingWhen(taken, lease -> kept(lease, work.apply(lease)), this::release);
  }

  /**
   * A lease that is lost ends the work. A store that fails does not: as long as nobody else has
   * taken the lease, it can still be renewed.
   */
  private <T> Mono<T> kept(Lease lease, Mono<T> work) {
    Mono<Void> renewed =
        timing.insisting(
            Mono.defer(lease::renew), renewal, error -> !(error instanceof StoreConflictException));
    Mono<T> lost =
        timing
            .delay(renewal)
            .then(renewed)
            .repeat()
            .then(Mono.<T>never())
            .doOnError(e -> LOG.warn("event=lease-lost lease={}", lease.path()));
    return Mono.firstWithSignal(work, lost);
  }

  private Mono<Void> release(Lease lease) {
    return underWay
        .detached(lease.release())
        .onErrorResume(
            e -> {
              LOG.warn("event=lease-not-released lease={}", lease.path(), e);
              return Mono.empty();
            });
  }
}
