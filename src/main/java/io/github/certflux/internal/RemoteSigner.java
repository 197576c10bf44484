package io.github.certflux.internal;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.impl.ECDSA;
import com.nimbusds.jose.jwk.JWK;
import io.github.certflux.protocol.KeyFormatException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Signs with a key that is elsewhere, and verifies what came back: a server can't tell a signature
 * that a device got wrong from an account key that it does not know. Signals {@link SignerFailure}.
 */
public final class RemoteSigner implements Signer {
  private final String reference;
  private final PublicKey publicKey;
  private final JWSAlgorithm algorithm;
  private final JWK jwk;
  private final Function<byte[], Mono<byte[]>> device;
  private final Crypto crypto;
  private final Timing timing;
  private final Duration limit;

  /**
   * A signer.
   *
   * @param reference names the key in errors and in the store
   * @param device signs
   * @param limit how long one signature may take
   * @throws KeyFormatException for a key that ACME has no algorithm for
   */
  public RemoteSigner(
      String reference,
      PublicKey publicKey,
      Function<byte[], Mono<byte[]>> device,
      Crypto crypto,
      Timing timing,
      Duration limit) {
    this.reference = reference;
    this.publicKey = publicKey;
    this.algorithm = Keys.algorithm(Keys.type(publicKey));
    this.jwk = Keys.jwk(publicKey);
    this.device = device;
    this.crypto = crypto;
    this.timing = timing;
    this.limit = limit;
  }

  String reference() {
    return reference;
  }

  PublicKey publicKey() {
    return publicKey;
  }

  @Override
  public JWSAlgorithm algorithm() {
    return algorithm;
  }

  @Override
  public JWK publicJwk() {
    return jwk;
  }

  @Override
  public Mono<byte[]> sign(byte[] signingInput) {
    return Mono.defer(() -> device.apply(signingInput))
        .switchIfEmpty(Mono.error(() -> failure("gave no signature", null)))
        .timeout(
            Mono.delay(limit, timing.timer()),
            Mono.error(() -> failure("gave no signature within " + limit.toMillis() + " ms", null)))
        .onErrorMap(e -> e instanceof SignerFailure ? e : failure("failed: " + e, e))
        .flatMap(made -> crypto.heavy(() -> verified(signingInput, made)));
  }

  private byte[] verified(byte[] input, byte[] made) throws JOSEException {
    int length =
        publicKey instanceof RSAPublicKey rsa
            ? (rsa.getModulus().bitLength() + 7) / 8
            : ECDSA.getSignatureByteArrayLength(algorithm);
    if (made.length != length) {
      throw failure(
          "gave " + made.length + " bytes for an " + algorithm + " signature of " + length, null);
    }
    try {
      boolean ec = JWSAlgorithm.Family.EC.contains(algorithm);
      Signature verifier =
          Signature.getInstance(Keys.hash(algorithm) + (ec ? "withECDSAinP1363Format" : "withRSA"));
      verifier.initVerify(publicKey);
      verifier.update(input);
      if (verifier.verify(made)) {
        return made;
      }
    } catch (GeneralSecurityException e) {
      throw failure("gave a signature that can't be verified: " + e, e);
    }
    throw failure("gave a signature that is not one of its public key", null);
  }

  private SignerFailure failure(String what, @Nullable Throwable cause) {
    return new SignerFailure(reference, what, cause);
  }

  @Override
  public String toString() {
    return "RemoteSigner[" + algorithm + " " + reference + "]";
  }
}
