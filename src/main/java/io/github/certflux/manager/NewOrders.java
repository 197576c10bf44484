package io.github.certflux.manager;

import io.github.certflux.internal.Timing;
import java.time.Duration;
import java.time.Instant;

/**
 * When orders that renew nothing may be sent: so many at once, and from then on evenly, so that a
 * CA's limit for an account is kept. Thread-safe.
 */
final class NewOrders {
  private final long spacingMillis;
  private final long burstMillis;

  /** When the bucket is full again, if nobody takes a place any more. */
  private long fullMillis = Long.MIN_VALUE;

  private long lastMillis = Long.MIN_VALUE;

  /**
   * A bound: with the rest sent evenly, no stretch of that time sees more than all.
   *
   * @param most how many in the time
   * @param burst how many of them at once
   * @param time the time
   */
  NewOrders(int most, int burst, Duration time) {
    this.spacingMillis = Math.max(1, time.toMillis() / Math.max(1, most - burst));
    this.burstMillis = spacingMillis * (burst - 1);
  }

  /**
   * The place that was taken, or the next one if it was taken by a clock that was set back since.
   */
  synchronized Instant keep(Instant place, Instant now) {
    begin(now);
    return place.toEpochMilli() > fullMillis ? take(now) : place;
  }

  /** Takes the next place. */
  synchronized Instant take(Instant now) {
    long at = begin(now);
    long start = Math.max(fullMillis, at);
    fullMillis = start + spacingMillis;
    return Instant.ofEpochMilli(Math.max(at, start - burstMillis));
  }

  /** Whether a place is free now; takes it then. */
  synchronized boolean tryTake(Instant now) {
    long at = begin(now);
    if (Math.max(fullMillis, at) - burstMillis > at) {
      return false;
    }
    take(now);
    return true;
  }

  /** What was taken by a clock that was ahead does not count. */
  private long begin(Instant now) {
    long at = now.toEpochMilli();
    if (Timing.isSetBack(lastMillis, at)) {
      fullMillis = Long.MIN_VALUE;
    }
    lastMillis = at;
    return at;
  }
}
