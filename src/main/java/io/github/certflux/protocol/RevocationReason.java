package io.github.certflux.protocol;

/** Why a certificate is revoked (RFC 5280 §5.3.1; RFC 8555 §7.6). CAs take some of these alone. */
public enum RevocationReason {
  /** No reason is given. */
  UNSPECIFIED(0),
  /** The key is known to others. */
  KEY_COMPROMISE(1),
  /** The subject's name or other data changed. */
  AFFILIATION_CHANGED(3),
  /** Another certificate replaces it. */
  SUPERSEDED(4),
  /** It is no longer needed. */
  CESSATION_OF_OPERATION(5);

  private final int code;

  RevocationReason(int code) {
    this.code = code;
  }

  /** {@return the number on the wire} */
  public int code() {
    return code;
  }
}
