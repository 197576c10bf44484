package io.github.certflux.challenge;

import io.github.certflux.protocol.Identifier;
import java.net.URI;
import java.util.List;

/**
 * What a solver proves. http-01 serves the key authorization as it is (RFC 8555 §8.3); dns-01
 * publishes the base64url of its SHA-256, without padding, as a TXT record of {@code
 * _acme-challenge.} and the identifier (§8.4).
 *
 * @param identifier the identifier, without {@code *.} for a wildcard
 * @param wildcard whether the authorization is for a wildcard
 * @param token the challenge's token: base64url, 22 to 128 characters; empty for dns-persist-01,
 *     which has none
 * @param keyAuthorization token and account key thumbprint (RFC 8555 §8.1); empty where there is no
 *     token
 * @param account the account's URL
 * @param issuers the issuer domain names of which a dns-persist-01 record names one; empty for
 *     every other type
 */
public record SolverRequest(
    Identifier identifier,
    boolean wildcard,
    String token,
    String keyAuthorization,
    URI account,
    List<String> issuers) {

  /**
   * Copies its collections.
   *
   * @param identifier the identifier, without {@code *.} for a wildcard
   * @param wildcard whether the authorization is for a wildcard
   * @param token the challenge's token
   * @param keyAuthorization token and account key thumbprint
   * @param account the account's URL
   * @param issuers the issuer domain names of a dns-persist-01 challenge
   */
  public SolverRequest {
    issuers = List.copyOf(issuers);
  }

  /**
   * What is to be proved by a challenge that has a token.
   *
   * @param identifier the identifier, without {@code *.} for a wildcard
   * @param wildcard whether the authorization is for a wildcard
   * @param token the challenge's token
   * @param keyAuthorization token and account key thumbprint
   * @param account the account's URL
   */
  public SolverRequest(
      Identifier identifier, boolean wildcard, String token, String keyAuthorization, URI account) {
    this(identifier, wildcard, token, keyAuthorization, account, List.of());
  }

  /** Without the key authorization. */
  @Override
  public String toString() {
    return identifier + (wildcard ? " (wildcard)" : "");
  }
}
