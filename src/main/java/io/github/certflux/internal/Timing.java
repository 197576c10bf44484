package io.github.certflux.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/**
 * The only source of time and chance.
 *
 * @param timer delays run on it, and its clock is the clock
 * @param random for jitter and draws; must be safe for use by many threads
 */
public record Timing(Scheduler timer, RandomGenerator random) {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final int MOST_DOUBLINGS = 20;
  private static final Duration SET_BACK = Duration.ofMinutes(1);
  private static final long MOST_LATER_NANOS = Duration.ofSeconds(5).toNanos();

  /** The time on the timer's clock. */
  public Instant now() {
    return Instant.ofEpochMilli(millis());
  }

  /** Milliseconds on the timer's clock. */
  public long millis() {
    return timer.now(TimeUnit.MILLISECONDS);
  }

  /** Whether a clock that read one time before shows an earlier one, beyond what corrections do. */
  public static boolean isSetBack(long lastMillis, long millis) {
    return millis < lastMillis && lastMillis - millis > SET_BACK.toMillis();
  }

  /** Nanoseconds on the timer's clock; only differences mean anything. */
  public long nanos() {
    return timer.now(TimeUnit.NANOSECONDS);
  }

  /** Completes with a value after the delay; at once when it is not positive. */
  public Mono<Long> delay(Duration delay) {
    return delay.isNegative() || delay.isZero() ? Mono.just(0L) : Mono.delay(delay, timer);
  }

  /** Looks, again after each pause, until there is something to see. */
  public <T> Mono<T> untilSeen(Mono<T> look, Duration pause) {
    return look.repeatWhenEmpty(looks -> looks.concatMap(times -> delay(pause)));
  }

  /** Does it again after each pause, for as long as it fails so; never deeper in the stack. */
  public Retry again(Duration pause, Predicate<Throwable> failure) {
    return Retry.from(
        signals ->
            signals.concatMap(
                signal ->
                    failure.test(signal.failure())
                        ? delay(pause)
                        : Mono.<Long>error(signal.failure())));
  }

  /**
   * Does it again, a second or less after each end, for as long as it fails so. What hangs counts
   * as failed: the next try may meet a connection that works.
   *
   * @param limit what one try may take
   */
  public <T> Mono<T> insisting(Mono<T> work, Duration limit, Predicate<Throwable> failure) {
    Duration pause = limit.dividedBy(2);
    return work.timeout(
            Mono.delay(limit, timer),
            Mono.error(() -> new IllegalStateException("not done in " + limit)))
        .retryWhen(again(pause.compareTo(SECOND) < 0 ? pause : SECOND, failure));
  }

  /**
   * How long to wait, twice as long each time.
   *
   * @param times how often the first wait is doubled: 0 or more
   * @param longest what it never exceeds
   */
  public static Duration doubled(Duration first, int times, Duration longest) {
    Duration wait = first.multipliedBy(1L << Math.min(times, MOST_DOUBLINGS));
    return wait.compareTo(longest) > 0 ? longest : wait;
  }

  /** A duration between half of this one and the whole of it. */
  public Duration jitter(Duration full) {
    long half = full.toNanos() / 2;
    return Duration.ofNanos(half + (half == 0 ? 0 : random.nextLong(half + 1)));
  }

  /**
   * A duration from this one to a quarter more, so that not all who wait come back at once.
   *
   * @param most what it never exceeds, if the duration itself does not
   */
  public Duration later(Duration least, Duration most) {
    long room = Math.min(most.minus(least).toNanos(), MOST_LATER_NANOS);
    long quarter = Math.min(least.toNanos() / 4, room);
    return least.plusNanos(quarter <= 0 ? 0 : random.nextLong(quarter + 1));
  }
}
