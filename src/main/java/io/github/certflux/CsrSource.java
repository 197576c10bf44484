package io.github.certflux;

import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.Csr;
import io.github.certflux.internal.CsrExtras;
import io.github.certflux.internal.Fingerprints;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.protocol.CsrFormatException;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Where an order's CSR comes from (RFC 8555 §7.4): a new key, a given key, or ready-made. One that
 * Certflux makes asks for the names alone; whatever else it asks for has to be said, and many CAs
 * refuse it, or leave it out of the certificate. Immutable; each {@code with} copies.
 */
public final class CsrSource {
  /** A TLS server (RFC 5280 §4.2.1.12). */
  public static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

  /** A TLS client (RFC 5280 §4.2.1.12). */
  public static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  private static final int LONGEST_COMMON_NAME = 64;

  private final @Nullable KeyType newKey;
  private final @Nullable KeyPair key;
  private final byte @Nullable [] csr;
  private final CsrExtras extras;

  private CsrSource(
      @Nullable KeyType newKey, @Nullable KeyPair key, byte @Nullable [] csr, CsrExtras extras) {
    this.newKey = newKey;
    this.key = key;
    this.csr = csr;
    this.extras = extras;
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
    return new CsrSource(type, null, null, CsrExtras.NONE);
  }

  /**
   * This key. Its kind is checked where the CSR is made.
   *
   * @param pair for P-256, P-384 or RSA of 2048 to 8192 bits
   * @return the source
   */
  public static CsrSource key(KeyPair pair) {
    return new CsrSource(null, pair, null, CsrExtras.NONE);
  }

  /**
   * The user's own CSR, whose key stays with the user.
   *
   * @param der PKCS#10 in DER, 64 KiB at most; must name what is ordered and nothing else. Checked
   *     before the order is sent, and where it is sent itself
   * @return the source
   */
  public static CsrSource csr(byte[] der) {
    return new CsrSource(null, null, der.clone(), CsrExtras.NONE);
  }

  /**
   * The user's own CSR, as {@link #csr(byte[])}.
   *
   * @param pem one {@code CERTIFICATE REQUEST} (RFC 7468 §7), 128 KiB of text at most
   * @return the source
   * @throws CsrFormatException if it is not that; what is in it is checked later
   */
  public static CsrSource csr(String pem) {
    return new CsrSource(null, null, Csr.der(pem), CsrExtras.NONE);
  }

  /**
   * Asks for a subject with this common name, for clients that are older than RFC 6125.
   *
   * @param name one of the names ordered, 64 characters at most; that it is one is checked before
   *     the order is sent: else a {@link CsrFormatException}
   * @return a copy with it
   * @throws IllegalArgumentException if it is neither a DNS name nor an address, or too long
   * @throws IllegalStateException if the CSR is ready-made
   */
  public CsrSource withCommonName(String name) {
    Identifier identifier = Names.identifier(name);
    if (identifier.value().length() > LONGEST_COMMON_NAME) { // RFC 5280 appendix A.1
      throw new IllegalArgumentException("a common name has 64 characters at most: '" + name + "'");
    }
    return with(
        newKey,
        key,
        new CsrExtras(Optional.of(identifier), extras.extendedKeyUsages(), extras.mustStaple()));
  }

  /**
   * Asks for extended key usages (RFC 5280 §4.2.1.12).
   *
   * @param usages object identifiers such as {@link #CLIENT_AUTH}, instead of those before; none to
   *     leave it to the CA
   * @return a copy with them
   * @throws IllegalArgumentException if one is no object identifier
   * @throws IllegalStateException if the CSR is ready-made
   */
  public CsrSource withExtendedKeyUsage(String... usages) {
    for (String usage : usages) {
      if (!CsrExtras.isObjectIdentifier(usage)) {
        throw new IllegalArgumentException("not an object identifier: '" + usage + "'");
      }
    }
    return with(
        newKey,
        key,
        new CsrExtras(extras.commonName(), Arrays.asList(usages), extras.mustStaple()));
  }

  /**
   * Asks for a certificate that is to be shown with a stapled OCSP answer alone (RFC 7633). Let's
   * Encrypt, which has no OCSP any more, refuses it.
   *
   * @return a copy that asks for it
   * @throws IllegalStateException if the CSR is ready-made
   */
  public CsrSource withMustStaple() {
    return with(newKey, key, new CsrExtras(extras.commonName(), extras.extendedKeyUsages(), true));
  }

  private CsrSource with(@Nullable KeyType type, @Nullable KeyPair pair, CsrExtras other) {
    if (csr != null) {
      throw new IllegalStateException("a ready-made CSR is sent as it is");
    }
    return new CsrSource(type, pair, null, other);
  }

  /**
   * The same with this key, such as that of the certificate before.
   *
   * @param pair for P-256, P-384 or RSA of 2048 to 8192 bits
   * @return a copy with it
   * @throws IllegalStateException if the CSR is ready-made
   */
  public CsrSource withKey(KeyPair pair) {
    return with(null, pair, extras);
  }

  Optional<KeyType> newKey() {
    return Optional.ofNullable(newKey);
  }

  Optional<KeyPair> key() {
    return Optional.ofNullable(key);
  }

  CsrExtras extras() {
    return extras;
  }

  /** The user's CSR, which is for these names; empty where one is to be made, and can be. */
  Mono<Csr> given(List<Identifier> ordered, Crypto crypto) {
    byte[] der = csr;
    if (der != null) {
      return crypto.heavy(() -> fitting(Csr.parse(der), ordered));
    }
    return extras
        .commonName()
        .filter(name -> !ordered.contains(name))
        .<Mono<Csr>>map(
            name ->
                Mono.error(
                    () ->
                        new CsrFormatException(
                            "the common name " + name.value() + " is not ordered")))
        .orElse(Mono.empty());
  }

  private static Csr fitting(Csr csr, List<Identifier> ordered) {
    String missing = without(ordered, csr.names());
    String more = without(csr.names(), ordered);
    if (!missing.isEmpty() || !more.isEmpty()) {
      throw new CsrFormatException(
          "the CSR does not fit the order:"
              + (missing.isEmpty() ? "" : " it lacks " + missing)
              + (missing.isEmpty() || more.isEmpty() ? "" : ", and")
              + (more.isEmpty() ? "" : " it has " + more + " besides"));
    }
    return csr;
  }

  private static String without(List<Identifier> these, List<Identifier> others) {
    Set<Identifier> known = Set.copyOf(others);
    return NotAcme.printable(
        these.stream()
            .filter(name -> !known.contains(name))
            .map(Identifier::value)
            .collect(Collectors.joining(", ")));
  }

  /** The same for the same source. */
  String fingerprint() {
    byte[] der = csr;
    if (der != null) {
      return Fingerprints.of(der);
    }
    String source =
        newKey()
            .map(KeyType::name)
            .orElseGet(() -> Fingerprints.of(key().orElseThrow().getPublic().getEncoded()));
    return extras.equals(CsrExtras.NONE)
        ? source
        : Fingerprints.of((source + extras).getBytes(StandardCharsets.UTF_8));
  }
}
