package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import java.time.Instant;
import java.util.List;

/**
 * A certificate that the CA signed.
 *
 * @param serial in hexadecimal
 * @param account the number of the account, the last segment of its URL
 * @param order the number of the order, the last segment of its URL
 * @param identifiers what it is for
 * @param keyThumbprint the thumbprint of its key (RFC 7638)
 * @param chains leaf and intermediate as PEM: the default chain, then its alternates
 * @param notBefore start of validity
 * @param notAfter end of validity
 * @param issued when it was signed, by the CA's clock
 * @param revoked whether it is revoked
 */
public record IssuedCertificate(
    String serial,
    long account,
    long order,
    List<Identifier> identifiers,
    String keyThumbprint,
    List<String> chains,
    Instant notBefore,
    Instant notAfter,
    Instant issued,
    boolean revoked) {

  /** Copies its lists. */
  public IssuedCertificate {
    identifiers = List.copyOf(identifiers);
    chains = List.copyOf(chains);
  }

  IssuedCertificate asRevoked() {
    return new IssuedCertificate(
        serial,
        account,
        order,
        identifiers,
        keyThumbprint,
        chains,
        notBefore,
        notAfter,
        issued,
        true);
  }
}
