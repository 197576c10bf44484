package io.github.certflux.protocol;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An order as the server showed it (RFC 8555 §7.1.3).
 *
 * @param url the order's URL
 * @param status {@code pending}, {@code ready}, {@code processing}, {@code valid} or {@code
 *     invalid}
 * @param expires when the server forgets it
 * @param identifiers what the certificate will be for
 * @param notBefore the start of validity asked for
 * @param notAfter the end of validity asked for
 * @param error why it failed
 * @param authorizations one URL for each identifier to be authorized
 * @param finalizeUrl where the CSR is sent (§7.4); {@code finalize} on the wire
 * @param certificate where the chain is, once the order is valid (§7.4.2)
 * @param profile the certificate profile (draft-ietf-acme-profiles)
 * @param replaces the certificate that this order replaces (RFC 9773 §5)
 */
public record Order(
    URI url,
    Status status,
    Optional<Instant> expires,
    List<Identifier> identifiers,
    Optional<Instant> notBefore,
    Optional<Instant> notAfter,
    Optional<Problem> error,
    List<URI> authorizations,
    URI finalizeUrl,
    Optional<URI> certificate,
    Optional<String> profile,
    Optional<String> replaces) {

  /**
   * Copies its collections.
   *
   * @param url the order's URL
   * @param status {@code pending}, {@code ready}, {@code processing}, {@code valid} or {@code
   *     invalid}
   * @param expires when the server forgets it
   * @param identifiers what the certificate will be for
   * @param notBefore the start of validity asked for
   * @param notAfter the end of validity asked for
   * @param error why it failed
   * @param authorizations one URL for each identifier to be authorized
   * @param finalizeUrl where the CSR is sent (§7.4); {@code finalize} on the wire
   * @param certificate where the chain is, once the order is valid (§7.4.2)
   * @param profile the certificate profile (draft-ietf-acme-profiles)
   * @param replaces the certificate that this order replaces (RFC 9773 §5)
   */
  public Order {
    identifiers = List.copyOf(identifiers);
    authorizations = List.copyOf(authorizations);
  }
}
