package io.github.certflux.contract;

import io.github.certflux.Certificate;
import io.github.certflux.internal.Chains;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** What others than the library say of certificates. */
final class Pki {

  private Pki() {}

  /** The JDK's path validation: from the certificate to this root. */
  static void verify(Certificate certificate, X509Certificate root) {
    try {
      CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(certificate.chain());
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX").validate(path, parameters);
    } catch (Exception e) {
      throw new AssertionError("the chain does not lead to the root", e);
    }
  }

  /** The DNS names that the certificate is for. */
  static List<String> names(Certificate certificate) {
    try {
      return certificate.chain().get(0).getSubjectAlternativeNames().stream()
          .map(name -> (String) name.get(1))
          .toList();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** A CSR that the library did not make. */
  static byte[] csr(KeyPair key, String... names) {
    try {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              Stream.of(names)
                  .map(name -> new GeneralName(GeneralName.dNSName, name))
                  .toArray(GeneralName[]::new)));
      return new JcaPKCS10CertificationRequestBuilder(new X500Name(""), key.getPublic())
          .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
          .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
          .getEncoded();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** A CSR as a text. */
  static String pem(byte[] csr) {
    return "-----BEGIN CERTIFICATE REQUEST-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(csr)
        + "\n-----END CERTIFICATE REQUEST-----\n";
  }

  /** What {@code openssl verify} says of it. */
  static String openSslVerify(Certificate certificate, X509Certificate root) {
    Path work = Work.directory("openssl");
    try {
      List<X509Certificate> chain = certificate.chain();
      Files.write(work.resolve("root.pem"), LocalTls.pem(root));
      Files.write(work.resolve("leaf.pem"), LocalTls.pem(chain.get(0)));
      Files.writeString(work.resolve("issuers.pem"), Chains.pem(chain.subList(1, chain.size())));
      Process process =
          new ProcessBuilder(
                  "openssl",
                  "verify",
                  "-CAfile",
                  "root.pem",
                  "-untrusted",
                  "issuers.pem",
                  "leaf.pem")
              .directory(work.toFile())
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return said;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
