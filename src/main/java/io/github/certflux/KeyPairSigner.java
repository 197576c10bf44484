package io.github.certflux;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.impl.ECDSA;
import io.github.certflux.internal.Keys;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.Signature;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Signs with a key that the JVM can use, whether or not it can leave the device that it is in. */
final class KeyPairSigner implements AccountSigner {
  private final String reference;
  private final KeyPair pair;
  private final JWSAlgorithm algorithm;
  private final Scheduler worker;

  KeyPairSigner(String reference, KeyPair pair, Scheduler worker) {
    this.reference = reference;
    this.pair = pair;
    this.algorithm = Keys.algorithm(Keys.type(pair.getPublic()));
    this.worker = worker;
  }

  static byte[] concatenated(PublicKey key, byte[] signature) {
    JWSAlgorithm algorithm = Keys.algorithm(Keys.type(key));
    if (!JWSAlgorithm.Family.EC.contains(algorithm)) {
      throw new IllegalArgumentException("an RSA signature is used as it is");
    }
    try {
      return ECDSA.transcodeSignatureToConcat(
          signature, ECDSA.getSignatureByteArrayLength(algorithm));
    } catch (JOSEException | RuntimeException e) {
      throw new IllegalArgumentException(
          signature.length + " bytes that are no ECDSA signature in DER", e);
    }
  }

  @Override
  public String reference() {
    return reference;
  }

  @Override
  public PublicKey publicKey() {
    return pair.getPublic();
  }

  @Override
  public Mono<byte[]> sign(byte[] signingInput) {
    return Mono.fromCallable(() -> signature(signingInput)).subscribeOn(worker);
  }

  private byte[] signature(byte[] input) throws GeneralSecurityException {
    boolean ec = JWSAlgorithm.Family.EC.contains(algorithm);
    Signature signature =
        Signature.getInstance(Keys.hash(algorithm) + (ec ? "withECDSA" : "withRSA"));
    signature.initSign(pair.getPrivate());
    signature.update(input);
    byte[] made = signature.sign();
    return ec ? concatenated(pair.getPublic(), made) : made;
  }

  /** The reference, never the key. */
  @Override
  public String toString() {
    return "AccountSigner[" + reference + "]";
  }
}
