package io.github.certflux.protocol;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When the server would have a certificate renewed (RFC 9773 §4.2).
 *
 * @param windowStart the start of the suggested window
 * @param windowEnd its end, after the start
 * @param explanationUrl why the window is where it is, for people
 * @param checkAgain how long to wait before asking again (§4.3): a minute to a day, whatever the
 *     server said, and six hours where it said nothing
 */
public record RenewalInfo(
    Instant windowStart, Instant windowEnd, Optional<URI> explanationUrl, Duration checkAgain) {
  private static final Duration LEAST = Duration.ofMinutes(1);
  private static final Duration MOST = Duration.ofDays(1);
  private static final Duration UNSAID = Duration.ofHours(6);

  /**
   * Checks the window.
   *
   * @param windowStart the start of the suggested window
   * @param windowEnd its end, after the start
   * @param explanationUrl why the window is where it is, for people
   * @param checkAgain how long to wait before asking again: a minute to a day, whatever is given
   * @throws IllegalArgumentException if the window does not end after its start
   */
  public RenewalInfo {
    if (!windowEnd.isAfter(windowStart)) {
      throw new IllegalArgumentException("a window from " + windowStart + " to " + windowEnd);
    }
    checkAgain = checkAgain.compareTo(LEAST) < 0 ? LEAST : checkAgain;
    checkAgain = checkAgain.compareTo(MOST) > 0 ? MOST : checkAgain;
  }

  /**
   * What a server said.
   *
   * @param windowStart the start of the suggested window
   * @param windowEnd its end, after the start
   * @param explanationUrl why the window is where it is, for people
   * @param retryAfter the server's Retry-After, if it sent one
   * @return what it means
   * @throws IllegalArgumentException if the window does not end after its start
   */
  public static RenewalInfo of(
      Instant windowStart,
      Instant windowEnd,
      Optional<URI> explanationUrl,
      Optional<Duration> retryAfter) {
    return new RenewalInfo(windowStart, windowEnd, explanationUrl, retryAfter.orElse(UNSAID));
  }

  /**
   * A time to renew at, drawn uniformly in the window, so that not all clients come at once. Draw
   * it once for each window and keep it; renew at once where it is past.
   *
   * @param random where the draw comes from
   * @return a time from the window's start to its end, in whole seconds after the start
   */
  public Instant renewalTime(RandomGenerator random) {
    long seconds = Duration.between(windowStart, windowEnd).toSeconds();
    return seconds == 0 ? windowStart : windowStart.plusSeconds(random.nextLong(seconds));
  }
}
