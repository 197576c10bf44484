package io.github.certflux.protocol;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The server's trust that an account controls an identifier (RFC 8555 §7.1.4).
 *
 * @param url the authorization's URL
 * @param identifier the identifier, without {@code *.} for a wildcard
 * @param status {@code pending}, {@code valid}, {@code invalid}, {@code deactivated}, {@code
 *     expired} or {@code revoked}
 * @param expires when it ends
 * @param challenges the ways to prove control, in the server's order
 * @param wildcard whether it is for a wildcard
 */
public record Authorization(
    URI url,
    Identifier identifier,
    Status status,
    Optional<Instant> expires,
    List<Challenge> challenges,
    boolean wildcard) {

  /**
   * Copies its collections.
   *
   * @param url the authorization's URL
   * @param identifier the identifier, without {@code *.} for a wildcard
   * @param status {@code pending}, {@code valid}, {@code invalid}, {@code deactivated}, {@code
   *     expired} or {@code revoked}
   * @param expires when it ends
   * @param challenges the ways to prove control, in the server's order
   * @param wildcard whether it is for a wildcard
   */
  public Authorization {
    challenges = List.copyOf(challenges);
  }
}
