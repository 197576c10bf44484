package io.github.certflux.internal;

import io.github.certflux.protocol.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.Extension;

/**
 * What a CSR asks for besides its names: nothing, unless the user wants it, since CAs have come to
 * refuse it.
 *
 * @param commonName one of the names, to be the subject's too
 * @param extendedKeyUsages object identifiers
 * @param mustStaple whether the certificate shall say that its server staples OCSP (RFC 7633)
 */
public record CsrExtras(
    Optional<Identifier> commonName, List<String> extendedKeyUsages, boolean mustStaple) {
  /** Nothing. */
  public static final CsrExtras NONE = new CsrExtras(Optional.empty(), List.of(), false);

  private static final ASN1ObjectIdentifier TLS_FEATURE =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.24");

  /** The TLS extension that a server which staples answers to (RFC 6066 §8). */
  private static final int STATUS_REQUEST = 5;

  /** Extras. */
  public CsrExtras {
    extendedKeyUsages = List.copyOf(extendedKeyUsages);
  }

  /** Whether a text is an object identifier. */
  public static boolean isObjectIdentifier(String text) {
    return ASN1ObjectIdentifier.tryFromID(text) != null;
  }

  X500Name subject() {
    return commonName
        .map(name -> new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, name.value()).build())
        .orElseGet(() -> new X500Name(new RDN[0]));
  }

  List<Extension> extensions() {
    List<Extension> extensions = new ArrayList<>();
    if (!extendedKeyUsages.isEmpty()) {
      ASN1EncodableVector usages = new ASN1EncodableVector();
      extendedKeyUsages.forEach(usage -> usages.add(new ASN1ObjectIdentifier(usage)));
      extensions.add(
          new Extension(Extension.extendedKeyUsage, false, Csr.encoded(new DERSequence(usages))));
    }
    if (mustStaple) {
      extensions.add(
          new Extension(
              TLS_FEATURE, false, Csr.encoded(new DERSequence(new ASN1Integer(STATUS_REQUEST)))));
    }
    return extensions;
  }
}
