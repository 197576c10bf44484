package io.github.certflux.manager;

import java.time.Duration;
import java.util.List;

/** How long to wait after failures in a row. */
final class Backoff {
  private static final List<Duration> STEPS =
      List.of(
          Duration.ofMinutes(1),
          Duration.ofMinutes(10),
          Duration.ofMinutes(100),
          Duration.ofDays(1));
  private static final Duration LEAST = Duration.ofSeconds(1);

  private Backoff() {}

  /**
   * The wait: ten times as long after each, a day at most, and never more than a twentieth of the
   * certificate's lifetime, so that there are some tries left whenever it begins.
   *
   * @param failures in a row: 1 or more
   * @param lifetime of the certificate that is to be renewed
   */
  static Duration after(int failures, Duration lifetime) {
    Duration step = STEPS.get(Math.min(failures, STEPS.size()) - 1);
    Duration most = lifetime.dividedBy(20);
    Duration wait = step.compareTo(most) < 0 ? step : most;
    return wait.compareTo(LEAST) < 0 ? LEAST : wait;
  }

  /** The longest there is for a certificate of that lifetime. */
  static Duration longest(Duration lifetime) {
    return after(STEPS.size(), lifetime);
  }
}
