package io.github.certflux;

import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeRateLimitException;
import java.time.Duration;
import java.util.Optional;

/** A server that says "not now" to what must not be done twice: it may have passed it on. */
final class Busy {
  private Busy() {}

  static boolean is(AcmeException error) {
    return error instanceof AcmeProblemException problem && problem.status() == 503;
  }

  /** How long it wants to be left in peace, if it says so. */
  static Optional<Duration> retryAfter(AcmeException error) {
    return error instanceof AcmeRateLimitException busy ? busy.retryAfter() : Optional.empty();
  }
}
