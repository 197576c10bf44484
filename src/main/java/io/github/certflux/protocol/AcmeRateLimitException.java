package io.github.certflux.protocol;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A limit of the server was met (RFC 8555 §6.6). With a time in {@link #retryAfter()} the same
 * request can be sent again then. A pause that only a person can lift is the subtype {@link
 * AcmePausedException}.
 */
public sealed class AcmeRateLimitException extends AcmeProblemException
    permits AcmePausedException {
  private static final long serialVersionUID = 1L;

  /** The wait that the server asked for. */
  private final @Nullable Duration retryAfter;

  private final transient Optional<URI> documentation;

  /**
   * A limit was met.
   *
   * @param at where
   * @param status 429 or 503; another one where the problem alone says {@code rateLimited}
   * @param problem the server's words
   * @param retryAfter the wait that the server asked for, from the moment the answer came
   * @param documentation where the server explains its limits
   */
  public AcmeRateLimitException(
      At at,
      int status,
      Problem problem,
      Optional<Duration> retryAfter,
      Optional<URI> documentation) {
    this(at, status, problem, retryAfter, documentation, advice(retryAfter));
  }

  AcmeRateLimitException(
      At at,
      int status,
      Problem problem,
      Optional<Duration> retryAfter,
      Optional<URI> documentation,
      String advice) {
    super(
        at,
        status,
        problem,
        documentation.map(url -> advice + "; the limits: " + url).orElse(advice),
        null);
    this.retryAfter = retryAfter.orElse(null);
    this.documentation = documentation;
  }

  private static String advice(Optional<Duration> retryAfter) {
    return retryAfter
        .map(wait -> "again in " + wait.toSeconds() + " s")
        .orElse("the server is busy: try again later");
  }

  /** {@return the wait that the server asked for; empty where it named none} */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** {@return where the server explains its limits: its {@code Link} of relation {@code help}} */
  public Optional<URI> documentation() {
    return documentation;
  }
}
