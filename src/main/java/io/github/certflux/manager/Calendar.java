package io.github.certflux.manager;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * How many renewals are planned for each hour. Certificates that were obtained at once, such as
 * after a mass revocation, would for ever be renewed at once; here those that are too many for an
 * hour are moved to earlier ones. Thread-safe.
 */
final class Calendar {
  private static final long HOUR = Duration.ofHours(1).toSeconds();

  /** So many more than on average may meet in an hour. */
  private static final int CROWD = 2;

  /** So many in an hour trouble nobody. */
  private static final int FEW = 3;

  private final Map<Long, Integer> planned = new HashMap<>();
  private int all;

  synchronized void add(Instant time) {
    planned.merge(hour(time), 1, Integer::sum);
    all++;
  }

  synchronized void remove(Instant time) {
    planned.computeIfPresent(hour(time), (hour, count) -> count == 1 ? null : count - 1);
    all--;
  }

  /**
   * The time that was wanted, or the same minute of an hour before it that is not crowded; of the
   * least crowded one where all are.
   *
   * @param soonest none before this one is taken
   * @param cycle how long it is from one renewal of a certificate to the next, as a rule
   */
  synchronized Instant uncrowded(Instant wanted, Instant soonest, Duration cycle) {
    double average = (double) all * HOUR / Math.max(HOUR, cycle.toSeconds());
    double most = Math.max(FEW, CROWD * average);
    Instant best = wanted;
    int fewest = Integer.MAX_VALUE;
    for (Instant time = wanted; !time.isBefore(soonest); time = time.minusSeconds(HOUR)) {
      int there = planned.getOrDefault(hour(time), 0);
      if (there + 1 <= most) {
        return time;
      }
      if (there < fewest) {
        fewest = there;
        best = time;
      }
    }
    return best;
  }

  private static long hour(Instant time) {
    return Math.floorDiv(time.getEpochSecond(), HOUR);
  }
}
