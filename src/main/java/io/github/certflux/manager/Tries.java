package io.github.certflux.manager;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What has been tried in vain at one CA.
 *
 * @param failures in a row
 * @param next when to try again
 * @param paused whether to wait for a person instead
 * @param reason of the last one
 */
record Tries(int failures, Instant next, boolean paused, String reason) {

  /** So many failures are no hiccup: the next CA has its turn. */
  private static final int ENOUGH = 3;

  private static final Duration LONG = Duration.ofMinutes(100);

  /** No server is left alone for longer, whatever it asks for. */
  static final Duration LONGEST = Duration.ofDays(7);

  /**
   * Whose turn it is.
   *
   * @param ca the CA
   * @param at when it is asked; not after now if it may be asked at once
   */
  record Turn(URI ca, Instant at) {}

  /**
   * Whose turn it is to be asked for a certificate: of the first CA that may be asked now. One has
   * its turn when each before it is paused, has failed three times or is to be left alone for long,
   * and already after the first failure where there is no time to lose.
   *
   * @param cas in the order of preference
   * @param tries what was tried in vain, by CA
   * @param pressing whether there is no certificate, or one that ends soon
   * @return the first that may be asked now, or else the one that may be asked first; empty if a
   *     person must act at each
   */
  static Optional<Turn> turn(List<URI> cas, Map<URI, Tries> tries, boolean pressing, Instant now) {
    Turn first = null;
    for (URI ca : cas) {
      Tries so = tries.get(ca);
      if (so == null) {
        return Optional.of(new Turn(ca, now));
      }
      if (so.paused()) {
        continue;
      }
      if (!so.next().isAfter(now)) {
        return Optional.of(new Turn(ca, now));
      }
      if (first == null || so.next().isBefore(first.at())) {
        first = new Turn(ca, so.next());
      }
      if (!pressing && !so.givenUp(now)) {
        break;
      }
    }
    return Optional.ofNullable(first);
  }

  private boolean givenUp(Instant now) {
    return failures >= ENOUGH || next.isAfter(now.plus(LONG));
  }
}
