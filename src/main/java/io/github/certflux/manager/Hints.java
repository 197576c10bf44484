package io.github.certflux.manager;

import io.github.certflux.internal.Timing;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * What may have changed: as the store tells, and all of it now and then where the store does not.
 *
 * @param stored tells
 * @param timing time and chance
 * @param managed how many certificates there are
 */
record Hints(StoredCertificates stored, Timing timing, IntSupplier managed) {
  private static final Logger LOG = LoggerFactory.getLogger(Hints.class);

  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final Duration LONGEST_AGAIN = Duration.ofMinutes(1);

  /** How often all are looked at where the store tells nothing. */
  private static final Duration POLL = Duration.ofSeconds(30);

  /** The time for each where all are looked at: a hundred a second at most. */
  private static final Duration LOOK = Duration.ofMillis(10);

  /** Where anything may have changed, not all is read in the same moment. */
  private static final Duration SPREAD = Duration.ofSeconds(10);

  /** Identifiers of certificates; empty for all. Without end. */
  Flux<String> changes() {
    return Flux.defer(
        () -> {
          AtomicBoolean told = new AtomicBoolean();
          return Flux.merge(told(told), polled(told));
        });
  }

  private Flux<String> told(AtomicBoolean told) {
    return Flux.defer(stored::changes)
        .concatWith(Mono.error(() -> new IllegalStateException("the store ended its hints")))
        .doOnNext(id -> told.set(true))
        .doOnError(
            error -> {
              LOG.warn("event=store-tells-nothing next=look-every-{}", POLL, error);
              told.set(false);
            })
        .retryWhen(
            Retry.from(
                errors ->
                    errors.concatMap(
                        error -> {
                          int times = (int) Math.min(error.totalRetriesInARow(), 100);
                          return timing.delay(
                              timing.jitter(Timing.doubled(AGAIN, times, LONGEST_AGAIN)));
                        })));
  }

  private Flux<String> polled(AtomicBoolean told) {
    return Mono.defer(() -> timing.delay(atLeast(POLL, managed.getAsInt())))
        .filter(passed -> !told.get())
        .map(passed -> "")
        .repeat();
  }

  /** In what time so many are looked at, where all are at once. */
  static Duration spread(int certificates) {
    return atLeast(SPREAD, certificates);
  }

  private static Duration atLeast(Duration least, int certificates) {
    Duration all = LOOK.multipliedBy(certificates);
    return all.compareTo(least) > 0 ? all : least;
  }
}
