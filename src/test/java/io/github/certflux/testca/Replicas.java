package io.github.certflux.testca;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The read replicas of the database; each read goes to one of them. */
final class Replicas {
  private final long[] lags;
  private final long slowest;
  private final Balancing balancing;
  private final Chance chance;
  private final AtomicInteger reads = new AtomicInteger();

  Replicas(List<Duration> lags, Balancing balancing, Chance chance) {
    this.lags =
        lags.isEmpty() ? new long[1] : lags.stream().mapToLong(Duration::toMillis).toArray();
    long max = 0;
    for (long lag : this.lags) {
      max = Math.max(max, lag);
    }
    this.slowest = max;
    this.balancing = balancing;
    this.chance = chance;
  }

  /** The lag in milliseconds of the replica that answers the next read. */
  long lag() {
    if (lags.length == 1) {
      return lags[0];
    }
    return lags[
        balancing == Balancing.RANDOM
            ? chance.below(lags.length)
            : Math.floorMod(reads.incrementAndGet(), lags.length)];
  }

  /** How long the past is needed. */
  long slowest() {
    return slowest;
  }
}
