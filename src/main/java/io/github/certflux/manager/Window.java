package io.github.certflux.manager;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * A stretch of time in which a certificate is to be renewed.
 *
 * @param start its start
 * @param end its end, not before the start
 */
record Window(Instant start, Instant end) {
  private static final Instant FIRST = Instant.EPOCH;
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

  /** A window from outside, within the times that certificates have. */
  static Window of(Instant start, Instant end) {
    return new Window(bounded(start), bounded(end));
  }

  /** A time from outside, as one that certificates have: more can't be reckoned with. */
  static Instant bounded(Instant time) {
    return time.isBefore(FIRST) ? FIRST : time.isAfter(LAST) ? LAST : time;
  }

  /** A time in it, drawn evenly. */
  Instant draw(RandomGenerator random) {
    long millis = Duration.between(start, end).toMillis();
    return millis <= 0 ? start : start.plusMillis(random.nextLong(millis));
  }
}
