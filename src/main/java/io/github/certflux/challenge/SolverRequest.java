package io.github.certflux.challenge;

import io.github.certflux.protocol.Identifier;
import java.net.URI;

/**
 * What a solver proves. http-01 serves the key authorization as it is (RFC 8555 §8.3); dns-01
 * publishes the base64url of its SHA-256, without padding, as a TXT record of {@code
 * _acme-challenge.} and the identifier (§8.4).
 *
 * @param identifier the identifier, without {@code *.} for a wildcard
 * @param wildcard whether the authorization is for a wildcard
 * @param token the challenge's token: base64url, 22 to 128 characters
 * @param keyAuthorization token and account key thumbprint (RFC 8555 §8.1)
 * @param account the account's URL
 */
public record SolverRequest(
    Identifier identifier, boolean wildcard, String token, String keyAuthorization, URI account) {

  /** Without the key authorization. */
  @Override
  public String toString() {
    return identifier + (wildcard ? " (wildcard)" : "");
  }
}
