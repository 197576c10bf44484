package io.github.certflux;

import com.nimbusds.jose.JWSAlgorithm;
import io.github.certflux.protocol.KeyFormatException;
import java.util.Base64;

/**
 * Credentials of an account that the CA knows already, which bind a new ACME account to it (RFC
 * 8555 §7.3.4). They are sent once, with newAccount, and never stored: the stored account alone
 * suffices from then on. Immutable; never shows its key.
 */
public final class ExternalAccountBinding {

  /** How the binding is signed; the CA says which it takes, HS256 where it says nothing. */
  public enum Algorithm {
    /** HMAC with SHA-256: a key of 32 bytes or more. */
    HS256(32),
    /** HMAC with SHA-384: a key of 48 bytes or more. */
    HS384(48),
    /** HMAC with SHA-512: a key of 64 bytes or more. */
    HS512(64);

    private final int leastBytes;

    Algorithm(int leastBytes) {
      this.leastBytes = leastBytes;
    }

    JWSAlgorithm jws() {
      return JWSAlgorithm.parse(name());
    }
  }

  private final String kid;
  private final byte[] macKey;
  private final Algorithm algorithm;

  private ExternalAccountBinding(String kid, byte[] macKey, Algorithm algorithm) {
    if (macKey.length < algorithm.leastBytes) { // RFC 7518 §3.2
      throw new KeyFormatException(
          "the external account's MAC key has "
              + macKey.length
              + " bytes, but "
              + algorithm
              + " needs "
              + algorithm.leastBytes
              + ": copy it once more from the CA");
    }
    this.kid = kid;
    this.macKey = macKey;
    this.algorithm = algorithm;
  }

  /**
   * Credentials as the CA hands them out, signed with HS256.
   *
   * @param kid the key identifier, as it is
   * @param macKey the MAC key in base64url (RFC 4648 §5); the standard alphabet, padding and white
   *     space around it are taken too. At least 32 bytes
   * @return the binding
   * @throws IllegalArgumentException if the identifier is blank
   * @throws KeyFormatException if the key is not base64, or too short; its message shows none of it
   */
  public static ExternalAccountBinding of(String kid, String macKey) {
    if (kid.isBlank()) {
      throw new IllegalArgumentException("the external account's key identifier is blank");
    }
    return new ExternalAccountBinding(kid.strip(), decode(macKey), Algorithm.HS256);
  }

  /**
   * Signed with another algorithm.
   *
   * @param other one that the CA takes
   * @return a copy with it
   * @throws KeyFormatException if the key is too short for it
   */
  public ExternalAccountBinding withAlgorithm(Algorithm other) {
    return new ExternalAccountBinding(kid, macKey, other);
  }

  /** CAs hand keys out in either alphabet, some padded; one that mixes both was copied wrongly. */
  private static byte[] decode(String text) {
    String bare = text.strip().replaceFirst("={1,2}$", "");
    boolean standard = bare.indexOf('+') >= 0 || bare.indexOf('/') >= 0;
    try {
      return (standard ? Base64.getDecoder() : Base64.getUrlDecoder()).decode(bare);
    } catch (IllegalArgumentException e) { // no cause: it may quote the key
      throw new KeyFormatException(
          "the external account's MAC key of "
              + text.length()
              + " characters is not base64url: copy it once more from the CA");
    }
  }

  /** {@return the key identifier} */
  public String kid() {
    return kid;
  }

  /** {@return how it is signed} */
  public Algorithm algorithm() {
    return algorithm;
  }

  byte[] macKey() {
    return macKey.clone();
  }

  /** The key identifier and the algorithm, never the key. */
  @Override
  public String toString() {
    return "ExternalAccountBinding[" + kid + ", " + algorithm + "]";
  }
}
