package io.github.certflux.manager;

import java.time.Duration;
import java.time.Instant;

/** One line a minute for what anybody can make happen, however often it does. Thread-safe. */
final class OneLine {
  private static final Duration A_MINUTE = Duration.ofMinutes(1);

  private Instant last = Instant.MIN;
  private int since;

  /** It has happened: how often since the last line, if it is time for one; else 0. */
  synchronized int times(Instant now) {
    since++;
    if (!now.isBefore(last) && now.isBefore(last.plus(A_MINUTE))) {
      return 0;
    }
    int all = since;
    since = 0;
    last = now;
    return all;
  }
}
