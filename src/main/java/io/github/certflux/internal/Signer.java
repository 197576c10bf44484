package io.github.certflux.internal;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** Signs for one key, wherever that key is. */
public interface Signer {

  /** The algorithm that {@link #sign} uses, such as ES256. */
  JWSAlgorithm algorithm();

  /** The public key, without any other member than the key itself. */
  JWK publicJwk();

  /**
   * The JWS signature of a signing input (RFC 7515 §5.1), once for each subscription. Never blocks
   * the thread that subscribes: an expensive signature is made on another one.
   */
  Mono<byte[]> sign(byte[] signingInput);

  /**
   * The same key signing by another algorithm, for a server that answers {@code
   * badSignatureAlgorithm} (RFC 8555 §6.2); empty when the key can't.
   */
  default Optional<Signer> withAlgorithm(JWSAlgorithm algorithm) {
    return algorithm.equals(algorithm()) ? Optional.of(this) : Optional.empty();
  }
}
