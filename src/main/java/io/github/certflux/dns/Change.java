package io.github.certflux.dns;

import io.github.certflux.internal.Timing;
import io.github.certflux.internal.UnderWay;
import java.time.Duration;
import java.util.Optional;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** A change under way: its steps, and how long they are tried again. */
final class Change {
  private static final int MOST_TRIES = 6;
  private static final Duration FIRST_WAIT = Duration.ofMillis(500);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private final Timing timing;
  private final long untilMillis;
  private final UnderWay underWay = new UnderWay();
  private volatile String zone = "";

  Change(Timing timing, long untilMillis) {
    this.timing = timing;
    this.untilMillis = untilMillis;
  }

  /** A failure that may be over soon. Never leaves this package. */
  static final class Passing extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final DnsException failure;
    private final transient Optional<Duration> retryAfter;

    Passing(DnsException failure, Optional<Duration> retryAfter) {
      super(failure.getMessage(), failure, false, false);
      this.failure = failure;
      this.retryAfter = retryAfter;
    }
  }

  Timing timing() {
    return timing;
  }

  /** The zone concerned is known from now on; it stands in errors. */
  void zone(String found) {
    zone = found;
  }

  String zone() {
    return zone;
  }

  /** A step that goes on to its end, although nobody waits for it any more. */
  <T> Mono<T> step(Mono<T> step) {
    return underWay.detached(step);
  }

  /** Completes when no step is under way. */
  Mono<Void> idle() {
    return underWay.idle();
  }

  /** Tries again what may pass: when the server says so, else later each time. */
  <T> Mono<T> again(Mono<T> attempt) {
    return attempt.retryWhen(
        Retry.from(
            signals ->
                signals.concatMap(
                    signal ->
                        signal.failure() instanceof Passing passing
                            ? later(passing, signal.totalRetries())
                            : Mono.error(signal.failure()))));
  }

  private Mono<Long> later(Passing passing, long retries) {
    long leftMillis = untilMillis - timing.millis();
    Duration wait =
        passing
            .retryAfter
            .map(asked -> timing.later(asked, Duration.ofMillis(Math.max(0, leftMillis))))
            .filter(later -> later.compareTo(FIRST_WAIT) >= 0) // none is "at once", again and again
            .orElseGet(
                () -> timing.jitter(Timing.doubled(FIRST_WAIT, (int) retries, LONGEST_WAIT)));
    boolean enough = passing.retryAfter.isEmpty() && retries + 1 >= MOST_TRIES;
    return enough || wait.toMillis() > leftMillis
        ? Mono.error(passing.failure)
        : timing.delay(wait);
  }
}
