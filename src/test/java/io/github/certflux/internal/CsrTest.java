package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.protocol.CsrFormatException;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.scheduler.Schedulers;

class CsrTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final JcaCrypto CRYPTO = JcaCrypto.create();
  private static final List<Identifier> NAMES =
      List.of(
          Identifier.dns("example.org"),
          Identifier.dns("*.example.org"),
          new Identifier("ip", "192.0.2.1"),
          new Identifier("ip", "2001:db8::1"));

  @AfterAll
  static void close() {
    CRYPTO.disposeLater().block(LONG);
  }

  /** Made on a thread that may not block, verified by the JDK. */
  @ParameterizedTest
  @EnumSource(KeyType.class)
  void asksForTheNamesAndNothingElse(KeyType type) throws Exception {
    KeyPair key = CRYPTO.generate(type).block(LONG);

    byte[] der =
        Csr.create(key, NAMES, CsrExtras.NONE, CRYPTO)
            .subscribeOn(Schedulers.parallel())
            .block(LONG);

    PKCS10CertificationRequest request = new PKCS10CertificationRequest(der);
    assertThat(request.getSubject().getRDNs()).isEmpty();
    assertThat(request.getAttributes()).hasSize(1);
    assertThat(request.getRequestedExtensions().getExtensionOIDs())
        .containsExactly(Extension.subjectAlternativeName);
    assertThat(
            request.isSignatureValid(
                new JcaContentVerifierProviderBuilder().build(key.getPublic())))
        .isTrue();
    Csr read = Csr.parse(der);
    assertThat(read.names()).isEqualTo(NAMES);
    assertThat(read.publicKey().getEncoded()).isEqualTo(key.getPublic().getEncoded());
    assertThat(Csr.der(Pem.encode("CERTIFICATE REQUEST", der))).isEqualTo(der);
  }

  @Test
  void asksForMoreOnlyWhenTold() throws Exception {
    CsrExtras extras =
        new CsrExtras(
            Optional.of(Identifier.dns("example.org")),
            List.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"),
            true);

    byte[] der = Csr.create(RfcKeys.p256(), NAMES, extras, CRYPTO).block(LONG);

    PKCS10CertificationRequest request = new PKCS10CertificationRequest(der);
    Extensions extensions = request.getRequestedExtensions();
    assertThat(request.getSubject()).hasToString("CN=example.org");
    assertThat(GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName).getNames())
        .hasSameSizeAs(NAMES);
    assertThat(ExtendedKeyUsage.fromExtensions(extensions).getUsages())
        .containsExactly(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth);
    assertThat(
            extensions
                .getExtension(new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.24"))
                .getExtnValue()
                .getOctets())
        .as("RFC 7633 §4.3.1: a sequence of status_request")
        .containsExactly(0x30, 3, 2, 1, 5);
    assertThat(Csr.parse(der).names()).containsExactlyInAnyOrderElementsOf(NAMES);
  }

  @Test
  void refusesToAskForWhatIsNoName() {
    for (Identifier name :
        List.of(
            new Identifier("ip", "example.org"),
            new Identifier("ip", "fe80::1%eth0"),
            new Identifier("TNAuthList", "x"))) {
      assertThatThrownBy(
              () -> Csr.create(RfcKeys.p256(), List.of(name), CsrExtras.NONE, CRYPTO).block(LONG))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(name.value());
    }
  }

  @Test
  void readsTheNamesOfAUsersRequest() throws Exception {
    byte[] der =
        users(
            "CN=Example.ORG,O=Example",
            RfcKeys.rsa(),
            "SHA256withRSA",
            new GeneralName(GeneralName.dNSName, "example.org"),
            new GeneralName(GeneralName.dNSName, "WWW.example.org"),
            new GeneralName(GeneralName.iPAddress, "2001:db8:0::1"));

    assertThat(Csr.parse(der).names())
        .containsExactly(
            Identifier.dns("example.org"),
            Identifier.dns("www.example.org"),
            new Identifier("ip", "2001:db8::1"));
  }

  @Test
  void refusesAUsersRequestThatNoCertificateCanBeMadeFrom() throws Exception {
    GeneralName dns = new GeneralName(GeneralName.dNSName, "example.org");
    byte[] good = users("CN=a.example", RfcKeys.p256(), "SHA256withECDSA", dns);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    KeyPair weak = generator.generateKeyPair();
    KeyPair ed25519 = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();

    assertRefused(users("O=x", RfcKeys.p256(), "SHA256withECDSA"), "names nothing");
    assertRefused(
        users(
            "CN=a",
            RfcKeys.p256(),
            "SHA256withECDSA",
            new GeneralName(GeneralName.rfc822Name, "a@example.org")),
        "neither a DNS name nor an address");
    assertRefused(users("CN=a", weak, "SHA256withRSA", dns), "1024 bits");
    assertRefused(users("CN=a", ed25519, "Ed25519", dns), "neither RSA nor on a named curve");
    assertRefused(
        users(
            "CN=a",
            new KeyPair(RfcKeys.p256().getPublic(), other().getPrivate()),
            "SHA256withECDSA",
            dns),
        "not signed by its own key");
    assertRefused(Arrays.copyOf(good, good.length + 1), "can't be read");
    assertRefused(Arrays.copyOf(good, good.length - 1), "can't be read");
    assertRefused(new byte[0], "can't be read");
    assertRefused(new byte[64 * 1024 + 1], "64 KiB");
    assertThatThrownBy(() -> Csr.der(Pem.encode("CERTIFICATE", good)))
        .isInstanceOf(CsrFormatException.class)
        .hasMessageContaining("no CERTIFICATE REQUEST");
    assertThatThrownBy(() -> Csr.der("")).isInstanceOf(CsrFormatException.class);
  }

  /** Readers differ in which of the two they take. */
  @Test
  void refusesAUsersRequestThatAsksForExtensionsTwice() throws Exception {
    JcaPKCS10CertificationRequestBuilder builder =
        new JcaPKCS10CertificationRequestBuilder(
            new X500Name("CN=a.example"), RfcKeys.p256().getPublic());
    for (String name : List.of("a.example", "b.example")) {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
      builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
    }

    assertRefused(
        builder
            .build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(RfcKeys.p256().getPrivate()))
            .getEncoded(),
        "more than once");
  }

  private static KeyPair other() {
    return CRYPTO.generate(KeyType.EC_P256).block(LONG);
  }

  private static void assertRefused(byte[] der, String reason) {
    assertThatThrownBy(() -> Csr.parse(der))
        .isInstanceOf(CsrFormatException.class)
        .hasMessageContaining(reason);
  }

  private static byte[] users(String subject, KeyPair key, String algorithm, GeneralName... names)
      throws Exception {
    JcaPKCS10CertificationRequestBuilder builder =
        new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), key.getPublic());
    if (names.length > 0) {
      ExtensionsGenerator extensions = new ExtensionsGenerator();
      extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
    }
    return builder
        .build(new JcaContentSignerBuilder(algorithm).build(key.getPrivate()))
        .getEncoded();
  }
}
