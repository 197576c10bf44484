package io.github.certflux.internal;

import io.github.certflux.protocol.KeyType;
import java.security.KeyPair;
import reactor.core.publisher.Mono;

/** The seam for keys and signatures: simulations inject a cheap one. */
public interface Crypto {

  /** Makes a key for each subscription, never on the thread that subscribes. */
  Mono<KeyPair> generate(KeyType type);

  /**
   * A signer for a key; cheap enough for any thread.
   *
   * @throws IllegalArgumentException for a key that ACME has no algorithm for
   */
  Signer signer(KeyPair key);

  /** Runs work that is too heavy for an event loop, such as parsing a key or signing a CSR. */
  <T> Mono<T> heavy(java.util.concurrent.Callable<T> work);

  /** Ends its threads. */
  default Mono<Void> disposeLater() {
    return Mono.empty();
  }
}
