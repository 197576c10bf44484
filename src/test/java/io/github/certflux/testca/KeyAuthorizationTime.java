package io.github.certflux.testca;

/** When the CA looks up the account key whose thumbprint a proof must carry (RFC 8555 §8.1). */
public enum KeyAuthorizationTime {
  /** When the challenge is triggered, from a replica, as Boulder does. */
  AT_TRIGGER,
  /** When it is validated, from the primary database, as Pebble does. */
  AT_VALIDATION
}
