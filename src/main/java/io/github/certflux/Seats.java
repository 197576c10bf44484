package io.github.certflux;

import io.github.certflux.internal.Timing;
import io.github.certflux.internal.UnderWay;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The seat of this client among all that share the store: a lease that it holds while it lives, by
 * which records name who works on them. A record whose seat is empty, or was taken by another
 * since, is an orphan.
 */
final class Seats {
  private static final Logger LOG = LoggerFactory.getLogger(Seats.class);

  private static final int SEATS = 1000;

  /** Where so many can't be asked for, it is not a damaged lease but the store. */
  private static final int UNUSABLE = 3;

  private final AcmeStore store;
  private final String folder;
  private final Duration term;
  private final Timing timing;
  private final UnderWay underWay;
  private final Mono<Lease> seat;
  private volatile @Nullable Lease held;

  Seats(AcmeStore store, String folder, Duration term, Timing timing, UnderWay underWay) {
    this.store = store;
    this.folder = folder;
    this.term = term;
    this.timing = timing;
    this.underWay = underWay;
    this.seat = takeSeat().cacheInvalidateIf(lease -> lease != held);
  }

  /** The seat of another client, as a record names it. */
  private record Seat(String path, long token) implements Lease {
    private static final Pattern MARK = Pattern.compile("([\\w./-]+/seats/\\d+)#(\\d{1,18})");

    static @Nullable Seat of(String mark) {
      Matcher matcher = MARK.matcher(mark);
      return matcher.matches()
          ? new Seat(matcher.group(1), Long.parseLong(matcher.group(2)))
          : null;
    }

    @Override
    public Mono<Void> renew() {
      return Mono.error(new UnsupportedOperationException("not ours"));
    }

    @Override
    public Mono<Void> release() {
      return Mono.error(new UnsupportedOperationException("not ours"));
    }
  }

  /** How long a seat is held after its client is gone, at most. */
  Duration term() {
    return term;
  }

  /** The seat; taken the first time, and another one after it was lost. */
  Mono<Lease> taken() {
    return seat;
  }

  /** What a record says of its owner, where that is this client. */
  Mono<String> mark() {
    return seat.map(Seats::mark);
  }

  /**
   * Whether a record's owner is gone. One of this seat counts as gone: whoever asks knows what is
   * worked on here.
   *
   * @param mark as the record says; a seat that can't be read is nobody's
   */
  Mono<Boolean> isOrphan(String mark) {
    Seat owner = Seat.of(mark);
    return seat.flatMap(
        own -> {
          if (owner == null || owner.path().equals(own.path())) {
            return Mono.just(true);
          }
          return store
              .tryAcquire(owner.path(), term)
              .flatMap(free -> free.release().thenReturn(true))
              .switchIfEmpty(isTakenSince(owner));
        });
  }

  /** Whether somebody has the seat, but not its owner; asked by a change to what is not there. */
  private Mono<Boolean> isTakenSince(Seat owner) {
    return store
        .delete(owner.path(), Condition.none().under(owner))
        .thenReturn(false)
        .onErrorResume(StoreConflictException.class, e -> Mono.just(true));
  }

  static String mark(Lease lease) {
    return lease.path() + "#" + lease.token();
  }

  private Mono<Lease> takeSeat() {
    return Mono.defer(() -> firstFree(new ArrayList<>()))
        .switchIfEmpty(
            Mono.error(() -> new IllegalStateException("more than " + SEATS + " clients")))
        .doOnNext(
            lease -> {
              held = lease;
              keep(lease);
            });
  }

  private Mono<Lease> firstFree(List<StoreException> unusable) {
    return Flux.range(0, SEATS)
        .concatMap(
            number ->
                store
                    .tryAcquire(folder + "/seats/" + number, term)
                    .onErrorResume(
                        StoreException.class,
                        error -> {
                          unusable.add(error);
                          return unusable.size() == UNUSABLE ? Mono.error(error) : Mono.empty();
                        }),
            0)
        .next()
        .doOnNext(
            lease ->
                unusable.forEach(
                    error -> LOG.warn("event=seat-not-usable seat={}", error.path(), error)));
  }

  /** As long as nobody else has taken it, it can still be renewed. */
  private void keep(Lease lease) {
    Duration third = term.dividedBy(3);
    Mono<Void> renewed =
        timing.insisting(
            Mono.defer(lease::renew), third, error -> !(error instanceof StoreConflictException));
    underWay
        .detached(
            timing
                .delay(third)
                .then(renewed)
                .repeat()
                .takeUntilOther(underWay.closing())
                .then(Mono.defer(lease::release)))
        .subscribe(
            done -> {},
            error -> {
              held = null;
              LOG.warn("event=seat-lost seat={} next=another-seat", mark(lease), error);
            });
  }
}
