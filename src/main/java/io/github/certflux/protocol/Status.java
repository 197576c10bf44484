package io.github.certflux.protocol;

import java.util.Locale;

/**
 * The state of an ACME object (RFC 8555 §7.1.6). A status that this version does not know, from a
 * newer server, is kept as it came and equals none of the constants.
 *
 * @param value the word on the wire
 */
public record Status(String value) {
  /** Waiting for a validation; orders, authorizations and challenges. */
  public static final Status PENDING = new Status("pending");

  /** All authorizations of the order are valid; it can be finalized. */
  public static final Status READY = new Status("ready");

  /** The server is at work; challenges and orders. */
  public static final Status PROCESSING = new Status("processing");

  /** Done, and in force. */
  public static final Status VALID = new Status("valid");

  /** Failed for good. */
  public static final Status INVALID = new Status("invalid");

  /** Given up by the client; accounts and authorizations. */
  public static final Status DEACTIVATED = new Status("deactivated");

  /** Too old; authorizations. */
  public static final Status EXPIRED = new Status("expired");

  /** Taken back by the server; accounts and authorizations. */
  public static final Status REVOKED = new Status("revoked");

  /**
   * Statuses are compared in lower case.
   *
   * @param value the word on the wire
   */
  public Status {
    value = value.toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return value;
  }
}
