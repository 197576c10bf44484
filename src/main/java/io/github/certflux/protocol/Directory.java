package io.github.certflux.protocol;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a server's operations are, and what it says of itself (RFC 8555 §7.1.1).
 *
 * @param newNonce for fresh nonces (§7.2)
 * @param newAccount for accounts (§7.3)
 * @param newOrder for orders (§7.4)
 * @param newAuthz for pre-authorization (§7.4.1); few servers offer it
 * @param revokeCert for revocation (§7.6)
 * @param keyChange for rolling an account key over (§7.3.5)
 * @param renewalInfo for renewal windows (RFC 9773 §4.1)
 * @param meta what the server says of itself
 */
public record Directory(
    URI newNonce,
    URI newAccount,
    URI newOrder,
    Optional<URI> newAuthz,
    URI revokeCert,
    URI keyChange,
    Optional<URI> renewalInfo,
    Meta meta) {

  /**
   * The directory's metadata; every field is optional on the wire.
   *
   * @param termsOfService the current terms
   * @param website the CA's site
   * @param caaIdentities names that the CA recognises as itself in CAA records (RFC 8659)
   * @param externalAccountRequired whether newAccount needs an external account binding
   * @param profiles the certificate profiles on offer, name to description
   */
  public record Meta(
      Optional<URI> termsOfService,
      Optional<URI> website,
      List<String> caaIdentities,
      boolean externalAccountRequired,
      Map<String, String> profiles) {

    /**
     * Copies its collections.
     *
     * @param termsOfService the current terms
     * @param website the CA's site
     * @param caaIdentities names that the CA recognises as itself in CAA records (RFC 8659)
     * @param externalAccountRequired whether newAccount needs an external account binding
     * @param profiles the certificate profiles on offer, name to description
     */
    public Meta {
      caaIdentities = List.copyOf(caaIdentities);
      profiles = Map.copyOf(profiles);
    }
  }
}
