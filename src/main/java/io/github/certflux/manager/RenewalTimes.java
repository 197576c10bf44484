package io.github.certflux.manager;

import java.time.Duration;
import java.time.Instant;

/**
 * When a certificate is renewed: what the CA suggests (RFC 9773), within reason, or else a part of
 * the lifetime that fits certificates of six days and of a year alike.
 */
final class RenewalTimes {
  private static final Duration SHORT_LIVED = Duration.ofDays(10);
  private static final Duration A_DAY = Duration.ofDays(1);
  private static final Duration AN_HOUR = Duration.ofHours(1);

  /** Clocks differ by so much. */
  private static final Duration TOLERATED = Duration.ofMinutes(5);

  private RenewalTimes() {}

  /**
   * When to renew where the CA suggests nothing: from two thirds of the lifetime on, and from half
   * of it where that is short, since a third of six days leaves too little time for an outage. A
   * twentieth of the lifetime wide, so that not all come at once.
   */
  static Window usual(Validity validity) {
    double start = validity.lifetime().compareTo(SHORT_LIVED) < 0 ? 1.0 / 2 : 2.0 / 3;
    return new Window(validity.at(start), validity.at(start + 0.05));
  }

  /** Never later, whatever the CA suggests: the rest of the lifetime is for failures. */
  static Instant latest(Validity validity) {
    return validity.at(0.85);
  }

  /**
   * Never sooner, whatever the CA suggests: one whose windows are always past then costs an order
   * in a twentieth of the lifetime, or in a day, and not one after the other.
   */
  static Instant soonest(Validity validity) {
    Duration part = validity.lifetime().dividedBy(20);
    return validity.from().plus(part.compareTo(A_DAY) < 0 ? part : A_DAY);
  }

  /** From when on it may be renewed because too many others are due later. */
  static Instant soonestInACrowd(Validity validity) {
    return validity.at(0.3);
  }

  /** When it is told that a certificate ends soon: a sixth of its lifetime is left. */
  static Instant endsSoon(Validity validity) {
    return validity.at(5.0 / 6);
  }

  /**
   * The part of the CA's window that can be used. One that begins when it would be too late, such
   * as in a hundred years, is not: then the usual one is.
   */
  static Window usable(Window suggested, Validity validity) {
    Instant soonest = soonest(validity);
    Instant latest = latest(validity);
    if (suggested.start().isAfter(latest)) {
      return usual(validity);
    }
    Instant end = suggested.end().isAfter(latest) ? latest : suggested.end();
    Instant start = suggested.start().isBefore(soonest) ? soonest : suggested.start();
    return new Window(start, end.isBefore(start) ? start : end);
  }

  /**
   * Whether the CA wants the certificate renewed sooner than it has said before, as a rule since it
   * is about to revoke it.
   *
   * @param before the window that it suggested before; the usual one where it had not yet
   */
  static boolean movedUp(Window suggested, Window before) {
    return suggested.end().isBefore(before.start());
  }

  /**
   * Whether one that comes is worse than a valid one that it would replace: it ends sooner, and is
   * due already or lives for less than an hour; or it is not valid yet, by a clock that is wrong
   * here or there. With the latter there is patience until the other one ends soon, no longer.
   */
  static boolean isWorse(Validity comes, Validity there, Instant now) {
    if (there.from().isAfter(now) || !there.until().isAfter(now)) {
      return false;
    }
    boolean brief = !usual(comes).start().isAfter(now) || comes.until().isBefore(now.plus(AN_HOUR));
    return (brief && comes.until().isBefore(there.until()))
        || (isNotYet(comes, now) && endsSoon(there).isAfter(now));
  }

  /** Whether it begins later than clocks differ. */
  private static boolean isNotYet(Validity validity, Instant now) {
    return validity.from().isAfter(now.plus(TOLERATED));
  }
}
