package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;

/**
 * What the CA wants to see proved.
 *
 * @param type the challenge's type
 * @param identifier the identifier, without {@code *.}
 * @param wildcard whether it is for the wildcard
 * @param token the challenge's token
 * @param keyAuthorization what the proof must carry: token and account key thumbprint (RFC 8555
 *     §8.1)
 * @param account the account's URL
 */
public record ProofRequest(
    String type,
    Identifier identifier,
    boolean wildcard,
    String token,
    String keyAuthorization,
    String account) {}
