package io.github.certflux;

import io.github.certflux.internal.Fingerprints;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is ordered (RFC 8555 §7.4). Immutable; each {@code with} copies. */
public final class OrderRequest {
  private final List<Identifier> identifiers;
  private final CsrSource csr;
  private final @Nullable String profile;
  private final @Nullable Instant notBefore;
  private final @Nullable Instant notAfter;
  private final @Nullable CertificateId replaces;
  private final ChainPreference chain;

  private OrderRequest(
      List<Identifier> identifiers,
      CsrSource csr,
      @Nullable String profile,
      @Nullable Instant notBefore,
      @Nullable Instant notAfter,
      @Nullable CertificateId replaces,
      ChainPreference chain) {
    if (identifiers.isEmpty()) {
      throw new IllegalArgumentException("an order needs at least one name");
    }
    this.identifiers = identifiers.stream().distinct().toList();
    this.csr = csr;
    this.profile = profile;
    this.notBefore = notBefore;
    this.notAfter = notAfter;
    this.replaces = replaces;
    this.chain = chain;
  }

  /**
   * A certificate for DNS names and IP addresses (RFC 8738), with a new P-256 key.
   *
   * @param names one or more; {@code *.} in front for a wildcard. Unicode names become A-labels;
   *     those with letters that IDNA 2003 and 2008 treat differently, such as {@code ß}, or newer
   *     than Unicode 3.2, have to be given in A-labels
   * @return the request
   * @throws IllegalArgumentException if there is none, or one is neither
   */
  public static OrderRequest of(String... names) {
    return of(Arrays.asList(names));
  }

  /**
   * A certificate for DNS names and IP addresses (RFC 8738), with a new P-256 key.
   *
   * @param names one or more; {@code *.} in front for a wildcard. Unicode names become A-labels;
   *     those with letters that IDNA 2003 and 2008 treat differently, such as {@code ß}, or newer
   *     than Unicode 3.2, have to be given in A-labels
   * @return the request
   * @throws IllegalArgumentException if there is none, or one is neither
   */
  public static OrderRequest of(List<String> names) {
    return new OrderRequest(
        names.stream().map(Names::identifier).toList(),
        CsrSource.newKey(KeyType.EC_P256),
        null,
        null,
        null,
        null,
        ChainPreference.servers());
  }

  /**
   * With a new key of this type for the certificate.
   *
   * @param type any but P-521
   * @return a copy with it
   * @throws IllegalArgumentException for P-521
   */
  public OrderRequest withKeyType(KeyType type) {
    return withCsr(CsrSource.newKey(type));
  }

  /**
   * With a CSR from this source.
   *
   * @param source a key, or a CSR that names what is ordered
   * @return a copy with it
   */
  public OrderRequest withCsr(CsrSource source) {
    return new OrderRequest(identifiers, source, profile, notBefore, notAfter, replaces, chain);
  }

  /**
   * With one of the profiles that the directory offers (draft-ietf-acme-profiles).
   *
   * @param name a key of {@link io.github.certflux.protocol.Directory.Meta#profiles()}; another is
   *     an {@link AcmeNotOfferedException} of the order, and is not sent
   * @return a copy with it
   */
  public OrderRequest withProfile(String name) {
    return new OrderRequest(identifiers, csr, name, notBefore, notAfter, replaces, chain);
  }

  /**
   * Valid from then on; few CAs allow it.
   *
   * @param time the start of validity
   * @return a copy with it
   */
  public OrderRequest withNotBefore(Instant time) {
    return new OrderRequest(identifiers, csr, profile, time, notAfter, replaces, chain);
  }

  /**
   * Valid until then; few CAs allow it.
   *
   * @param time the end of validity
   * @return a copy with it
   */
  public OrderRequest withNotAfter(Instant time) {
    return new OrderRequest(identifiers, csr, profile, notBefore, time, replaces, chain);
  }

  /**
   * In place of a certificate of the same account with a name in common (RFC 9773 §5), which tells
   * the CA what renews what, and lifts some limits. Only sent to a server that offers renewal
   * information. A server that refuses it gets the order again without, also where it refuses
   * because it has made that order already and the answer was lost: Let's Encrypt then gives the
   * order back that it has made, as it does for every order of the same names that is not finished;
   * a server that does not has made one order in vain.
   *
   * @param certificate to be replaced
   * @return a copy with it
   */
  public OrderRequest withReplaces(CertificateId certificate) {
    return new OrderRequest(identifiers, csr, profile, notBefore, notAfter, certificate, chain);
  }

  /**
   * With one of the chains that the server offers for the certificate (RFC 8555 §7.4.2).
   *
   * @param preference which
   * @return a copy with it
   */
  public OrderRequest withChain(ChainPreference preference) {
    return new OrderRequest(identifiers, csr, profile, notBefore, notAfter, replaces, preference);
  }

  /** {@return what the certificate will be for; each name once} */
  public List<Identifier> identifiers() {
    return identifiers;
  }

  /** {@return where the CSR comes from} */
  public CsrSource csr() {
    return csr;
  }

  /** {@return the profile asked for} */
  public Optional<String> profile() {
    return Optional.ofNullable(profile);
  }

  /** {@return the start of validity asked for} */
  public Optional<Instant> notBefore() {
    return Optional.ofNullable(notBefore);
  }

  /** {@return the end of validity asked for} */
  public Optional<Instant> notAfter() {
    return Optional.ofNullable(notAfter);
  }

  /** {@return the certificate to be replaced} */
  public Optional<CertificateId> replaces() {
    return Optional.ofNullable(replaces);
  }

  /** {@return which chain is wanted} */
  public ChainPreference chain() {
    return chain;
  }

  /**
   * The same for requests that ask for the same, whatever the order of their names. What is
   * replaced and the chain do not count: the certificate is the same.
   */
  String fingerprint() {
    String canonical =
        String.join(
            "\n",
            identifiers.stream().map(i -> i.type() + ":" + i.value()).sorted().toList().toString(),
            String.valueOf(profile),
            String.valueOf(notBefore),
            String.valueOf(notAfter),
            csr.fingerprint());
    return Fingerprints.of(canonical.getBytes(StandardCharsets.UTF_8));
  }

  /** The names. */
  @Override
  public String toString() {
    return identifiers.toString();
  }
}
