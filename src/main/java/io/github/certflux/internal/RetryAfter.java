package io.github.certflux.internal;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code Retry-After} (RFC 9110 §10.2.3): seconds, or a date. */
public final class RetryAfter {
  private static final Duration LONGEST = Duration.ofDays(366);

  private RetryAfter() {}

  /**
   * The wait that an answer asks for; empty when it asks for none or can't be read. A date is
   * compared with the answer's own {@code Date}, so that two clocks that differ do no harm.
   *
   * @param now our clock, for an answer without a {@code Date}
   */
  public static Optional<Duration> of(AcmeResponse response, Instant now) {
    String value = response.retryAfter();
    if (value == null) {
      return Optional.empty();
    }
    value = value.strip();
    if (!value.isEmpty()
        && value.length() <= 10
        && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.of(clamp(Duration.ofSeconds(Long.parseLong(value))));
    }
    Instant sent = date(response.date()).orElse(now);
    return date(value).map(when -> clamp(Duration.between(sent, when)));
  }

  private static Optional<Instant> date(@Nullable String value) {
    if (value == null || value.length() > 64) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Duration clamp(Duration wait) {
    if (wait.isNegative()) {
      return Duration.ZERO;
    }
    return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
  }
}
