package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.bc.BcX509ExtensionUtils;

/** The roots and the intermediate of the CA, and what it signs with them. */
final class Issuer {
  /** Wide enough for a virtual clock that starts with the epoch. */
  private static final Date FROM = Date.from(Instant.EPOCH);

  private static final Date TO = Date.from(Instant.parse("2049-12-31T23:59:59Z"));
  private static final X500Name INTERMEDIATE_NAME = new X500Name("CN=Test CA intermediate");

  private final CaClock clock;
  private final Chance chance;
  private final CaKey rootKey;
  private final CaKey intermediateKey;
  private final List<X509CertificateHolder> roots = new ArrayList<>();

  /** The same key and name, once for each root. */
  private final List<X509CertificateHolder> intermediates = new ArrayList<>();

  private final SubjectKeyIdentifier intermediateId;

  Issuer(CaClock clock, Chance chance, int alternateChains) {
    this.clock = clock;
    this.chance = chance;
    this.rootKey = CaKey.generate(chance);
    this.intermediateKey = CaKey.generate(chance);
    this.intermediateId = id(intermediateKey.info());
    addRoot(rootKey, "CN=Test CA root");
    for (int i = 1; i <= alternateChains; i++) {
      addRoot(CaKey.generate(chance), "CN=Test CA root alternate " + i);
    }
  }

  private void addRoot(CaKey key, String subject) {
    X500Name name = new X500Name(subject);
    roots.add(
        sign(authority(name, name, key.info(), id(key.info()), new BasicConstraints(true)), key));
    intermediates.add(
        sign(
            authority(
                name,
                INTERMEDIATE_NAME,
                intermediateKey.info(),
                id(key.info()),
                new BasicConstraints(0)),
            key));
  }

  /** The roots as PEM; the first is that of the default chain and of the TLS certificate. */
  List<String> rootsPem() {
    return roots.stream().map(Issuer::pem).toList();
  }

  /** The key identifier of the intermediate (RFC 9773 §4.1). */
  byte[] keyIdentifier() {
    return intermediateId.getKeyIdentifier();
  }

  /** Signs the certificate of an order. */
  IssuedCertificate issue(OrderRow order, SubjectPublicKeyInfo key, Duration lifetime) {
    byte[] serialBytes = chance.bytes(16);
    serialBytes[0] = (byte) ((serialBytes[0] & 0x3f) | 0x40);
    BigInteger serial = new BigInteger(1, serialBytes);
    Instant now = clock.now().truncatedTo(ChronoUnit.SECONDS);
    // As the large CAs do, for clocks that are late; a short life would be over too soon.
    Instant notBefore =
        lifetime.compareTo(Duration.ofDays(1)) >= 0 ? now.minus(Duration.ofHours(1)) : now;
    Instant notAfter = notBefore.plus(lifetime);
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
            INTERMEDIATE_NAME,
            serial,
            Date.from(notBefore),
            Date.from(notAfter),
            new X500Name(""),
            key);
    leafExtensions(builder, key, intermediateId, names(order.identifiers()));
    String leaf = pem(sign(builder, intermediateKey));
    return new IssuedCertificate(
        serial.toString(16),
        order.account(),
        order.id(),
        order.identifiers(),
        PublicKeys.thumbprint(key),
        intermediates.stream().map(intermediate -> leaf + pem(intermediate)).toList(),
        notBefore,
        notAfter,
        clock.now(),
        false);
  }

  /** A certificate for the CA's own web server, signed by the root. */
  X509CertificateHolder forServer(SubjectPublicKeyInfo key, List<Identifier> identifiers) {
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
            roots.get(0).getSubject(),
            new BigInteger(1, chance.bytes(15)),
            FROM,
            TO,
            new X500Name("CN=Test CA"),
            key);
    leafExtensions(builder, key, id(rootKey.info()), names(identifiers));
    return sign(builder, rootKey);
  }

  private X509v3CertificateBuilder authority(
      X500Name issuer,
      X500Name subject,
      SubjectPublicKeyInfo key,
      SubjectKeyIdentifier issuerId,
      BasicConstraints constraints) {
    X509v3CertificateBuilder builder =
        new X509v3CertificateBuilder(
            issuer, new BigInteger(1, chance.bytes(15)), FROM, TO, subject, key);
    try {
      builder
          .addExtension(Extension.basicConstraints, true, constraints)
          .addExtension(
              Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
          .addExtension(Extension.subjectKeyIdentifier, false, id(key))
          .addExtension(Extension.authorityKeyIdentifier, false, authorityId(issuerId));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return builder;
  }

  private static void leafExtensions(
      X509v3CertificateBuilder builder,
      SubjectPublicKeyInfo key,
      SubjectKeyIdentifier issuerId,
      GeneralNames names) {
    try {
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
          .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
          .addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
          .addExtension(Extension.subjectKeyIdentifier, false, id(key))
          .addExtension(Extension.authorityKeyIdentifier, false, authorityId(issuerId))
          .addExtension(Extension.subjectAlternativeName, true, names);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static GeneralNames names(List<Identifier> identifiers) {
    return new GeneralNames(
        identifiers.stream()
            .map(
                i ->
                    i.type().equals("ip")
                        ? new GeneralName(
                            GeneralName.iPAddress,
                            new DEROctetString(
                                NetUtil.createByteArrayFromIpAddressString(i.value())))
                        : new GeneralName(GeneralName.dNSName, i.value()))
            .toArray(GeneralName[]::new));
  }

  private static SubjectKeyIdentifier id(SubjectPublicKeyInfo key) {
    return new BcX509ExtensionUtils().createSubjectKeyIdentifier(key);
  }

  private static AuthorityKeyIdentifier authorityId(SubjectKeyIdentifier id) {
    return new AuthorityKeyIdentifier(id.getKeyIdentifier());
  }

  private static X509CertificateHolder sign(X509v3CertificateBuilder builder, CaKey key) {
    return builder.build(key.signer());
  }

  private static String pem(X509CertificateHolder certificate) {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
