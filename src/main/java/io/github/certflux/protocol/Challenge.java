package io.github.certflux.protocol;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One way to prove control of an identifier (RFC 8555 §8). A type that this version does not know
 * is kept and shown.
 *
 * @param type such as {@link #HTTP_01}
 * @param url where it is triggered
 * @param status {@code pending}, {@code processing}, {@code valid} or {@code invalid}
 * @param validated when the server validated it
 * @param error why validation failed
 * @param token the token, for the types that have one
 * @param issuers the issuer domain names that a {@link #DNS_PERSIST_01} record may name; empty for
 *     every other type
 */
public record Challenge(
    String type,
    URI url,
    Status status,
    Optional<Instant> validated,
    Optional<Problem> error,
    Optional<String> token,
    List<String> issuers) {

  /** A file on the name's web server (RFC 8555 §8.3). */
  public static final String HTTP_01 = "http-01";

  /** A TXT record below the name (RFC 8555 §8.4). */
  public static final String DNS_01 = "dns-01";

  /** A certificate in a TLS handshake with the name's server (RFC 8737). */
  public static final String TLS_ALPN_01 = "tls-alpn-01";

  /**
   * A TXT record below the name with a label for the account (draft-ietf-acme-dns-account-label).
   */
  public static final String DNS_ACCOUNT_01 = "dns-account-01";

  /** A TXT record below the name that stays and names the account (draft-ietf-acme-dns-persist). */
  public static final String DNS_PERSIST_01 = "dns-persist-01";

  /** A CSR signed by the key of an onion service (RFC 9799); Certflux has no solver for it. */
  public static final String ONION_CSR_01 = "onion-csr-01";

  /**
   * Copies its collections.
   *
   * @param type such as {@link #HTTP_01}
   * @param url where it is triggered
   * @param status {@code pending}, {@code processing}, {@code valid} or {@code invalid}
   * @param validated when the server validated it
   * @param error why validation failed
   * @param token the token, for the types that have one
   * @param issuers the issuer domain names of a {@link #DNS_PERSIST_01} challenge
   */
  public Challenge {
    issuers = List.copyOf(issuers);
  }
}
