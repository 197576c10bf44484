package io.github.certflux.testca;

/** The resources of the CA (RFC 8555 §7.1). */
public enum Endpoint {
  /** The directory, by GET. */
  DIRECTORY,
  /** A fresh nonce, by HEAD or GET. */
  NEW_NONCE,
  /** Creates an account, or finds one by its key. */
  NEW_ACCOUNT,
  /** Reads, updates or deactivates an account. */
  ACCOUNT,
  /** Replaces an account's key. */
  KEY_CHANGE,
  /** Reads a page of an account's orders. */
  ORDERS,
  /** Creates an order. */
  NEW_ORDER,
  /** Reads an order. */
  ORDER,
  /** Creates an authorization before any order. */
  NEW_AUTHORIZATION,
  /** Reads or deactivates an authorization. */
  AUTHORIZATION,
  /** Reads or triggers a challenge. */
  CHALLENGE,
  /** Asks for the certificate of an order. */
  FINALIZE,
  /** Downloads a certificate. */
  CERTIFICATE,
  /** Revokes a certificate. */
  REVOKE_CERT,
  /** Says when a certificate should be renewed, by GET (RFC 9773). */
  RENEWAL_INFO,
  /** Anything else. */
  UNKNOWN
}
