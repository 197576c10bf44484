package io.github.certflux.testca;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;

/** Says whether a JWS signature is right. A simulation injects one that costs nothing. */
@FunctionalInterface
public interface SignatureCheck {

  /**
   * Whether the signature was made by the key. Called on the thread that serves the request; must
   * not block.
   *
   * @param algorithm one that fits the key
   * @param key the public key
   * @param signingInput what was signed (RFC 7515 §5.1)
   * @param signature the signature as JWS has it (RFC 7518 §3.4)
   */
  boolean verifies(JWSAlgorithm algorithm, JWK key, byte[] signingInput, byte[] signature);

  /** The real one, by Bouncy Castle: ES256, ES384, ES512 and RS256. */
  static SignatureCheck real() {
    return BcSignatureCheck.INSTANCE;
  }
}
