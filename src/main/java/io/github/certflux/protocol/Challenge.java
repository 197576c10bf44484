package io.github.certflux.protocol;

import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/**
 * One way to prove control of an identifier (RFC 8555 §8). A type that this version does not know
 * is kept and shown.
 *
 * @param type such as {@code http-01}
 * @param url where it is triggered
 * @param status {@code pending}, {@code processing}, {@code valid} or {@code invalid}
 * @param validated when the server validated it
 * @param error why validation failed
 * @param token the token, for the types that have one
 */
public record Challenge(
    String type,
    URI url,
    Status status,
    Optional<Instant> validated,
    Optional<Problem> error,
    Optional<String> token) {}
