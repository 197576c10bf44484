package io.github.certflux;

import io.github.certflux.protocol.KeyType;
import java.security.KeyPair;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where an order's CSR comes from (RFC 8555 §7.4): a new key, a given key, or ready-made. */
public final class CsrSource {
  private final @Nullable KeyType newKey;
  private final @Nullable KeyPair key;
  private final byte @Nullable [] csr;

  private CsrSource(@Nullable KeyType newKey, @Nullable KeyPair key, byte @Nullable [] csr) {
    this.newKey = newKey;
    this.key = key;
    this.csr = csr;
  }

  /**
   * A new key for each certificate; the certificate comes with it.
   *
   * @param type any but P-521
   * @return the source
   * @throws IllegalArgumentException for P-521
   */
  public static CsrSource newKey(KeyType type) {
    if (type == KeyType.EC_P521) {
      throw new IllegalArgumentException("no public CA signs P-521 certificates");
    }
    return new CsrSource(type, null, null);
  }

  /**
   * This key. Its kind is checked where the CSR is made.
   *
   * @param pair for P-256, P-384 or RSA of 2048 to 8192 bits
   * @return the source
   */
  public static CsrSource key(KeyPair pair) {
    return new CsrSource(null, pair, null);
  }

  /**
   * The user's own CSR, whose key stays with the user.
   *
   * @param der PKCS#10 in DER, 64 KiB at most; must name what the order names. Checked where it is
   *     used
   * @return the source
   */
  public static CsrSource csr(byte[] der) {
    return new CsrSource(null, null, der.clone());
  }

  Optional<KeyType> newKey() {
    return Optional.ofNullable(newKey);
  }

  Optional<KeyPair> key() {
    return Optional.ofNullable(key);
  }

  Optional<byte[]> der() {
    return Optional.ofNullable(csr).map(byte[]::clone);
  }

  /** The same for the same source. */
  String fingerprint() {
    return newKey()
        .map(KeyType::name)
        .or(() -> key().map(pair -> Fingerprints.of(pair.getPublic().getEncoded())))
        .orElseGet(() -> Fingerprints.of(der().orElseThrow()));
  }
}
