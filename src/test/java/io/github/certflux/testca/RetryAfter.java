package io.github.certflux.testca;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The Retry-After header (RFC 9110 §10.2.3), whose unit is the second. */
final class RetryAfter {
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private RetryAfter() {}

  /** Adds it unless the duration is zero; fractions of a second are rounded up. */
  static Answer add(Answer answer, Duration wait, boolean asDate, CaClock clock) {
    if (wait.isZero()) {
      return answer;
    }
    long seconds = (wait.toMillis() + 999) / 1000;
    // A date is compared with the Date header, which is cut to the second.
    return answer.header(
        "Retry-After",
        asDate ? httpDate(clock.now().plusSeconds(seconds)) : Long.toString(seconds));
  }

  static String httpDate(Instant instant) {
    return HTTP_DATE.format(instant);
  }
}
