package io.github.certflux;

import io.github.certflux.protocol.AcmeSignerException;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.RetryLimits;
import java.security.KeyPair;
import java.security.PublicKey;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Signs with an account key that is elsewhere: in a KMS, an HSM, a PKCS#11 token. The store then
 * keeps the key's reference and its public key, and {@link AcmeClientBuilder#signers} finds the
 * signer again. Must be safe for many threads and for as many signatures at a time as there are
 * requests ({@link AcmeClientBuilder#maxInFlight}).
 *
 * <p>What is used is the public key's JWS algorithm (RFC 7518 §3.1): ES256, ES384 or ES512 for
 * P-256, P-384 or P-521, and RS256 for RSA of 2048 to 8192 bits. Each signature is verified with
 * the public key before anything is sent: one that fails, does not verify or takes longer than
 * {@link RetryLimits#signerTime} is an {@link AcmeSignerException} of what it was for. It is not
 * asked for again: a signer that can fail for a moment does its own retries.
 *
 * <p>Certflux never destroys such a key. When a rollover has replaced it and the window is over,
 * its reference is deleted from the store, and its owner may destroy it.
 */
public interface AccountSigner {

  /**
   * What names the key for as long as an account has it, such as an ARN or a PKCS#11 URI (RFC
   * 7512): 1 to 2048 characters, not all of them blank, without control characters, and no secret.
   * Another is an {@link IllegalArgumentException} of what the signer is given to.
   *
   * @return the reference, always the same
   */
  String reference();

  /**
   * The public key.
   *
   * @return a key for P-256, P-384, P-521 or RSA of 2048 to 8192 bits, always the same
   */
  PublicKey publicKey();

  /**
   * Signs, once for each subscription. Must not block the thread that subscribes, which may be an
   * event loop. A subscriber that needs no signature any more cancels.
   *
   * @param signingInput what is signed (RFC 7515 §5.1), of any length; a device that signs hashes
   *     gets its SHA-256, for P-384 SHA-384, for P-521 SHA-512
   * @return for a curve R and S side by side, 64, 96 or 132 bytes (RFC 7518 §3.4; {@link #fromAsn1}
   *     makes it of what most devices give); for RSA an RSASSA-PKCS1-v1_5 signature (RFC 7518 §3.3)
   */
  Mono<byte[]> sign(byte[] signingInput);

  /**
   * Signs with a Java key, such as one whose private half is a handle of a PKCS#11 provider: the
   * JVM finds the provider that it belongs to.
   *
   * @param reference as {@link #reference} has it
   * @param pair for P-256, P-384, P-521 or RSA of 2048 to 8192 bits
   * @param worker where it signs: a device blocks, so one made for that, such as {@code
   *     Schedulers.boundedElastic()}; stays the caller's to close
   * @return the signer
   * @throws KeyFormatException if ACME can't use such a key
   */
  static AccountSigner of(String reference, KeyPair pair, Scheduler worker) {
    return new KeyPairSigner(reference, pair, worker);
  }

  /**
   * An ECDSA signature in the form that {@link #sign} has to give.
   *
   * @param key the public key that it is for
   * @param signature as X.509, most KMS and the JCA have it: a DER sequence of R and S (RFC 3279
   *     §2.2.3)
   * @return R and S side by side
   * @throws IllegalArgumentException if it is not such a signature, or the key is not on P-256,
   *     P-384 or P-521
   */
  static byte[] fromAsn1(PublicKey key, byte[] signature) {
    return KeyPairSigner.concatenated(key, signature);
  }
}
