package io.github.certflux.examples.webflux;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * What the client did in a second.
 *
 * @param at when it began
 * @param count what
 * @param window whether a request may have been refused for its key
 */
record Second(Instant at, Count count, boolean window) {
  private static final int KEPT = 60;

  /** The last minute up to now: seconds in which nothing happened are in it, too. */
  static List<Second> upTo(Instant now, List<Second> before, boolean window) {
    Instant current = now.truncatedTo(ChronoUnit.SECONDS);
    Instant oldest = current.minusSeconds(KEPT - 1);
    List<Second> all = new ArrayList<>(before);
    all.removeIf(second -> second.at.isBefore(oldest));
    Instant next = all.isEmpty() ? oldest : all.get(all.size() - 1).at.plusSeconds(1);
    for (; !next.isAfter(current); next = next.plusSeconds(1)) {
      all.add(new Second(next, Count.NOTHING, window));
    }
    return List.copyOf(all);
  }

  /** With this in the last one. */
  static List<Second> plus(Count count, List<Second> all, boolean window) {
    List<Second> counted = new ArrayList<>(all);
    counted.replaceAll(
        second ->
            second == all.get(all.size() - 1)
                ? new Second(second.at, second.count.plus(count), second.window || window)
                : second);
    return List.copyOf(counted);
  }
}
