package io.github.certflux.manager;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/**
 * From when to when a certificate is valid.
 *
 * @param from its start
 * @param until its end, after the start
 */
record Validity(Instant from, Instant until) {

  /**
   * One that ends before it starts is taken for one of a second: it is renewed, and nothing else.
   */
  Validity {
    until = until.isAfter(from) ? until : from.plusSeconds(1);
  }

  static Validity of(X509Certificate certificate) {
    return new Validity(
        certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
  }

  Duration lifetime() {
    return Duration.between(from, until);
  }

  /** The time at which so much of the lifetime is over. */
  Instant at(double part) {
    return from.plusMillis((long) (lifetime().toMillis() * part));
  }
}
