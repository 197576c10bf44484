package io.github.certflux.protocol;

/**
 * Why a certificate is revoked (RFC 5280 §5.3.1; RFC 8555 §7.6). A server takes some of these and
 * answers {@code badRevocationReason} to the others: Let's Encrypt takes {@link #UNSPECIFIED},
 * {@link #KEY_COMPROMISE}, {@link #SUPERSEDED} and {@link #CESSATION_OF_OPERATION} alone.
 */
public enum RevocationReason {
  /** No reason is given. */
  UNSPECIFIED(0),
  /** The key is known to others. */
  KEY_COMPROMISE(1),
  /** The key of the CA is known to others. */
  CA_COMPROMISE(2),
  /** The subject's name or other data changed. */
  AFFILIATION_CHANGED(3),
  /** Another certificate replaces it. */
  SUPERSEDED(4),
  /** It is no longer needed. */
  CESSATION_OF_OPERATION(5),
  /** It is not valid for now, and may become so again. */
  CERTIFICATE_HOLD(6),
  /** It is no longer held; for lists of changes alone. */
  REMOVE_FROM_CRL(8),
  /** A privilege in it was withdrawn. */
  PRIVILEGE_WITHDRAWN(9),
  /** What is known of the attribute authority makes it doubtful. */
  AA_COMPROMISE(10);

  private final int code;

  RevocationReason(int code) {
    this.code = code;
  }

  /** {@return the number on the wire; there is no 7} */
  public int code() {
    return code;
  }
}
