package io.github.certflux.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.certflux.internal.Pem.Block;
import io.github.certflux.internal.Pem.PemException;
import io.github.certflux.protocol.Identifier;
import java.io.ByteArrayInputStream;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * Certificate chains as servers send them (RFC 8555 §9.1), and whether one is what was ordered. A
 * chain takes some 20 µs; the first one loads classes.
 */
public final class Chains {
  private static final int MAX_BYTES = 256 * 1024;
  private static final int MAX_CERTIFICATES = 16;
  private static final int MAX_QUOTED = 300;
  private static final int SAN_DNS = 2;
  private static final int SAN_IP = 7;

  private Chains() {}

  /**
   * The certificates of an {@code application/pem-certificate-chain}, the ordered one first: at
   * most 16 in 256 KiB, and nothing but certificates.
   *
   * <p>Parsed by the JDK, whose certificates are what its TLS and Netty's use, and which keeps
   * those it has seen: an issuer is parsed once, not for each order.
   *
   * @throws ChainFormatException for anything else
   */
  public static List<X509Certificate> parse(byte[] body) {
    if (body.length > MAX_BYTES) {
      throw new ChainFormatException("more than 256 KiB");
    }
    List<Block> blocks;
    try {
      blocks = Pem.decode(new String(body, ISO_8859_1), MAX_CERTIFICATES);
    } catch (PemException e) {
      throw new ChainFormatException(String.valueOf(e.getMessage()));
    }
    if (blocks.isEmpty()) {
      throw new ChainFormatException("nothing");
    }
    List<X509Certificate> chain = new ArrayList<>(blocks.size());
    for (Block block : blocks) {
      chain.add(certificate(block));
    }
    return List.copyOf(chain);
  }

  /** The chain in PEM, in its order. */
  public static String pem(List<X509Certificate> chain) {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : chain) {
      try {
        text.append(Pem.encode("CERTIFICATE", certificate.getEncoded()));
      } catch (CertificateEncodingException e) {
        throw new IllegalStateException("a certificate that was parsed has no encoding", e);
      }
    }
    return text.toString();
  }

  private static X509Certificate certificate(Block block) {
    String where = "line " + block.line() + ": ";
    if (!block.label().equals("CERTIFICATE")) {
      throw new ChainFormatException(where + "a block " + block.label());
    }
    if (!isOneSequence(block.der())) {
      throw new ChainFormatException(where + "not one certificate in DER");
    }
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(block.der()));
    } catch (CertificateException e) {
      throw new ChainFormatException(
          where + "not a certificate: " + cut(String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      // The JDK's parser is not safe against everything that a server can send.
      throw new ChainFormatException(where + "not a certificate: " + cut(e.toString()));
    }
  }

  /**
   * One sequence of a definite length, with nothing behind it. The JDK passes over what is behind,
   * and follows indefinite lengths (BER) by recursion until its stack overflows.
   */
  private static boolean isOneSequence(byte[] der) {
    if (der.length < 2 || der[0] != 0x30) {
      return false;
    }
    int first = der[1] & 0xff;
    int more = first < 0x80 ? 0 : first - 0x80;
    if (first == 0x80 || more > 3 || der.length < 2 + more) {
      return false;
    }
    int length = more == 0 ? first : 0;
    for (int i = 0; i < more; i++) {
      length = (length << 8) | (der[2 + i] & 0xff);
    }
    return length == der.length - 2 - more;
  }

  /**
   * What is wrong with a chain; empty when it is what was ordered. Its first certificate must be
   * for the key and at least the names, letter by letter but for case: a wildcard does not stand
   * for the names under it. The second must be the issuer of the first by its name and key
   * identifier. Signatures are not checked: nothing is trusted here that was not before, and with
   * an issuer on P-384 it would cost as much as three signatures.
   *
   * @param key the public key of the CSR
   * @param names what was ordered
   */
  public static Optional<String> mismatch(
      List<X509Certificate> chain, PublicKey key, List<Identifier> names) {
    X509Certificate leaf = chain.get(0);
    if (!Keys.same(leaf.getPublicKey(), key)) {
      return Optional.of("the certificate is for another key than the CSR's");
    }
    Set<Identifier> covered = names(leaf);
    for (Identifier name : names) {
      if (!covered.contains(Names.normalised(name))) {
        return Optional.of(
            "the certificate is not for " + name + ", but for " + cut(covered.toString()));
      }
    }
    if (chain.size() > 1 && !issued(chain.get(1), leaf)) {
      return Optional.of(
          "the second certificate of the chain, of "
              + cut(chain.get(1).getSubjectX500Principal().toString())
              + ", is not the issuer of the first, "
              + cut(leaf.getIssuerX500Principal().toString()));
    }
    return Optional.empty();
  }

  /** The common name of a certificate's issuer; empty when it has none that can be read. */
  public static String issuer(X509Certificate certificate) {
    try {
      X500Name name = X500Name.getInstance(certificate.getIssuerX500Principal().getEncoded());
      for (RDN rdn : name.getRDNs(BCStyle.CN)) {
        for (AttributeTypeAndValue part : rdn.getTypesAndValues()) {
          if (part.getType().equals(BCStyle.CN) && part.getValue() instanceof ASN1String text) {
            return text.getString();
          }
        }
      }
    } catch (RuntimeException e) {
      // The JDK takes names whose text Bouncy Castle can't decode, such as broken UTF-8.
    }
    return "";
  }

  /** Whether the issuer signed with a key on an elliptic curve. */
  public static boolean signedByEc(X509Certificate certificate) {
    return certificate.getSigAlgName().endsWith("ECDSA");
  }

  /** Whether the issuer signed with an RSA key. */
  public static boolean signedByRsa(X509Certificate certificate) {
    return certificate.getSigAlgName().contains("RSA");
  }

  /** What a server wrote may fill a log. */
  private static String cut(String text) {
    return text.length() <= MAX_QUOTED ? text : text.substring(0, MAX_QUOTED) + "...";
  }

  /**
   * The names in the subject alternative name, normalised; kinds that ACME has not are left out.
   */
  public static Set<Identifier> names(X509Certificate certificate) {
    Set<Identifier> names = new HashSet<>();
    Collection<List<?>> entries;
    try {
      entries = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException e) {
      return names;
    }
    if (entries == null) {
      return names;
    }
    for (List<?> entry : entries) {
      if (entry.get(0) instanceof Integer kind && entry.get(1) instanceof String value) {
        if (kind == SAN_DNS) {
          names.add(Names.normalised(Identifier.dns(value)));
        } else if (kind == SAN_IP) {
          names.add(Names.normalised(new Identifier("ip", value)));
        }
      }
    }
    return names;
  }

  private static boolean issued(X509Certificate issuer, X509Certificate subject) {
    if (!issuer.getSubjectX500Principal().equals(subject.getIssuerX500Principal())) {
      return false;
    }
    try {
      byte[] asked = authorityKey(subject);
      byte[] has = subjectKey(issuer);
      return asked == null || has == null || Arrays.equals(asked, has);
    } catch (RuntimeException e) {
      return false; // an extension that holds something else
    }
  }

  private static byte @Nullable [] authorityKey(X509Certificate certificate) {
    byte[] value = certificate.getExtensionValue(Extension.authorityKeyIdentifier.getId());
    return value == null
        ? null
        : AuthorityKeyIdentifier.getInstance(ASN1OctetString.getInstance(value).getOctets())
            .getKeyIdentifierOctets();
  }

  private static byte @Nullable [] subjectKey(X509Certificate certificate) {
    byte[] value = certificate.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    return value == null
        ? null
        : SubjectKeyIdentifier.getInstance(ASN1OctetString.getInstance(value).getOctets())
            .getKeyIdentifier();
  }
}
