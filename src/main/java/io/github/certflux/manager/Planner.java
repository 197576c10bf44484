package io.github.certflux.manager;

import io.github.certflux.protocol.RenewalInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Plans renewals.
 *
 * @param calendar what is planned already
 * @param random for draws
 */
record Planner(Calendar calendar, RandomGenerator random) {

  /** The plan for a certificate as long as the CA suggests nothing. */
  RenewalPlan usual(Validity validity, Instant now, Instant checkAt) {
    Instant drawn = RenewalTimes.usual(validity).draw(random);
    return new RenewalPlan(
        uncrowded(drawn, validity, now), Optional.empty(), Optional.empty(), checkAt);
  }

  /**
   * The plan that follows what the CA suggests. A window that has not moved keeps the time that was
   * drawn in it; one that has begun, or was moved up, is followed to the letter.
   */
  RenewalPlan suggested(RenewalPlan before, RenewalInfo info, Validity validity, Instant now) {
    Window window = window(info);
    Instant checkAt = now.plus(later(info.checkAgain()));
    if (before.window().equals(Optional.of(window))) {
      return before.checkedAgain(checkAt);
    }
    Window usable = RenewalTimes.usable(window, validity);
    boolean pressing = usable.start().isBefore(now) || movedUp(before, info, validity, now);
    Instant start = usable.start().isBefore(now) ? now : usable.start();
    Instant drawn =
        usable.end().isAfter(start)
            ? new Window(start, usable.end()).draw(random)
            : usable.end(); // and not now: a clock that is ahead must not put it off for others
    return new RenewalPlan(
        pressing ? drawn : uncrowded(drawn, validity, now),
        Optional.of(window),
        info.explanationUrl(),
        checkAt);
  }

  /** Whether the CA wants it renewed sooner than it has said, or than anybody would expect. */
  static boolean movedUp(RenewalPlan before, RenewalInfo info, Validity validity, Instant now) {
    Window window = window(info);
    return before
        .window()
        .map(last -> RenewalTimes.movedUp(window, last))
        .orElseGet(
            () ->
                !window.end().isAfter(now)
                    && RenewalTimes.movedUp(window, RenewalTimes.usual(validity)));
  }

  private static Window window(RenewalInfo info) {
    return Window.of(info.windowStart(), info.windowEnd());
  }

  private Instant uncrowded(Instant wanted, Validity validity, Instant now) {
    Instant soonest = RenewalTimes.soonestInACrowd(validity);
    return calendar.uncrowded(
        wanted,
        soonest.isBefore(now) ? now : soonest,
        Duration.between(validity.from(), RenewalTimes.usual(validity).end()));
  }

  /** A wait from this one to an eighth more, so that not all come back at once. */
  Duration later(Duration wait) {
    return wait.plus(upTo(wait.dividedBy(8)));
  }

  /** A duration below this one. */
  Duration upTo(Duration most) {
    return Duration.ofMillis(random.nextLong(Math.max(1, most.toMillis())));
  }
}
