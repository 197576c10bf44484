package io.github.certflux.protocol;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A limit of the server was met (RFC 8555 §6.6). With a time in {@link #retryAfter()} the same
 * request can be sent again then. Without one the identifier may be <em>paused</em>: only a person
 * can lift that, by the link in the problem's detail.
 */
public final class AcmeRateLimitException extends AcmeProblemException {
  private static final long serialVersionUID = 1L;

  /** The wait that the server asked for. */
  private final @Nullable Duration retryAfter;

  /**
   * A limit was met.
   *
   * @param at where
   * @param status 429 or 503; another one where the problem alone says {@code rateLimited}
   * @param problem the server's words
   * @param retryAfter the wait that the server asked for, from the moment the answer came
   */
  public AcmeRateLimitException(At at, int status, Problem problem, Optional<Duration> retryAfter) {
    super(
        at,
        status,
        problem,
        retryAfter
            .map(wait -> "again in " + wait.toSeconds() + " s")
            .orElse(
                status == 503
                    ? "the server is busy: try again later"
                    : "do not send it again; if the detail has a link, a person must open it"),
        null);
    this.retryAfter = retryAfter.orElse(null);
  }

  /** {@return the wait that the server asked for; empty where it named none} */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
