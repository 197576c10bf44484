package io.github.certflux.internal;

import io.github.certflux.protocol.Identifier;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A small certificate authority. */
final class TestCertificates {
  private static final Date FROM = Date.from(Instant.ofEpochSecond(1_700_000_000));
  private static final Date UNTIL = Date.from(Instant.ofEpochSecond(4_000_000_000L));

  private TestCertificates() {}

  static X509Certificate issuer(String name, KeyPair key) throws Exception {
    X500Name subject = new X500Name("CN=" + name);
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            subject, BigInteger.ONE, FROM, UNTIL, subject, key.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
    builder.addExtension(
        Extension.subjectKeyIdentifier,
        false,
        new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key.getPublic()));
    return signed(builder, key);
  }

  static X509Certificate leaf(
      String issuer, KeyPair issuerKey, PublicKey key, List<Identifier> names) throws Exception {
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name("CN=" + issuer),
            BigInteger.TWO,
            FROM,
            UNTIL,
            new X500Name("CN=leaf"),
            key);
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(issuerKey.getPublic()));
    GeneralName[] general =
        names.stream()
            .map(
                name ->
                    new GeneralName(
                        name.type().equals("ip") ? GeneralName.iPAddress : GeneralName.dNSName,
                        name.value()))
            .toArray(GeneralName[]::new);
    if (general.length > 0) {
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(general));
    }
    return signed(builder, issuerKey);
  }

  private static X509Certificate signed(JcaX509v3CertificateBuilder builder, KeyPair key)
      throws Exception {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
  }

  static String pem(X509Certificate... chain) throws Exception {
    StringBuilder pem = new StringBuilder();
    for (X509Certificate certificate : chain) {
      pem.append(Pem.encode("CERTIFICATE", certificate.getEncoded()));
    }
    return pem.toString();
  }
}
