package io.github.certflux.contract;

import io.github.certflux.internal.Chains;
import io.github.certflux.internal.KeyPem;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** TLS between the tests and the servers on this machine. */
final class LocalTls {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private LocalTls() {}

  /**
   * Makes a certificate for {@code localhost}: {@code cert.pem} and {@code key.pem}.
   *
   * @return the root that signed it
   */
  static X509Certificate write(Path directory) {
    try {
      KeyPair rootKey = key();
      X509Certificate root =
          sign(rootKey, builder("CN=contract test root", rootKey.getPublic(), true));
      KeyPair key = key();
      X509v3CertificateBuilder builder = builder("CN=localhost", key.getPublic(), false);
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              new GeneralName[] {
                new GeneralName(GeneralName.dNSName, "localhost"),
                new GeneralName(GeneralName.iPAddress, "127.0.0.1")
              }));
      builder.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
      Files.writeString(directory.resolve("cert.pem"), Chains.pem(List.of(sign(rootKey, builder))));
      Files.writeString(directory.resolve("key.pem"), KeyPem.encode(key.getPrivate()));
      return root;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair key() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    return generator.generateKeyPair();
  }

  private static X509v3CertificateBuilder builder(
      String subject, java.security.PublicKey key, boolean ca) throws IOException {
    Instant now = Instant.now();
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name("CN=contract test root"),
            BigInteger.valueOf(ca ? 1 : 2),
            Date.from(now.minus(Duration.ofDays(1))),
            Date.from(now.plus(Duration.ofDays(1))),
            new X500Name(subject),
            key);
    return builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
  }

  private static X509Certificate sign(KeyPair rootKey, X509v3CertificateBuilder builder)
      throws Exception {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(rootKey.getPrivate())));
  }

  /** What a server answers to a GET; an error for anything but 200. */
  static byte[] get(URI url, byte[] trust) throws Exception {
    HttpsURLConnection connection = (HttpsURLConnection) url.toURL().openConnection();
    connection.setSSLSocketFactory(context(trust).getSocketFactory());
    connection.setConnectTimeout((int) PATIENCE.toMillis());
    connection.setReadTimeout((int) PATIENCE.toMillis());
    try {
      if (connection.getResponseCode() != 200) {
        throw new IOException(url + " answers " + connection.getResponseCode());
      }
      return connection.getInputStream().readAllBytes();
    } finally {
      connection.disconnect();
    }
  }

  private static SSLContext context(byte[] trust) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("root", Chains.parse(trust).get(0));
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  static byte[] pem(X509Certificate certificate) {
    return Chains.pem(List.of(certificate)).getBytes(StandardCharsets.US_ASCII);
  }
}
