package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.protocol.Identifier;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ChainsTest {
  private static final List<Identifier> NAMES =
      List.of(
          Identifier.dns("example.org"),
          Identifier.dns("*.example.org"),
          new Identifier("ip", "2001:db8::1"),
          new Identifier("ip", "192.0.2.1"));

  private static KeyPair issuerKey;
  private static KeyPair key;
  private static X509Certificate issuer;
  private static X509Certificate leaf;

  @BeforeAll
  static void issue() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    issuerKey = generator.generateKeyPair();
    key = generator.generateKeyPair();
    issuer = TestCertificates.issuer("issuer", issuerKey);
    leaf = TestCertificates.leaf("issuer", issuerKey, key.getPublic(), NAMES);
  }

  @Test
  void readsAChain() throws Exception {
    String pem = TestCertificates.pem(leaf, issuer);

    assertThat(parse(pem)).containsExactly(leaf, issuer);
    assertThat(parse(pem.replace("\n", "\r\n"))).containsExactly(leaf, issuer);
    assertThat(parse(pem.replace("-----BEGIN", "\n-----BEGIN"))).containsExactly(leaf, issuer);
  }

  @Test
  void refusesWhatIsNotAChain() throws Exception {
    String one = TestCertificates.pem(issuer);

    assertRefused("", "nothing");
    assertRefused("<html>", "line 1: not");
    assertRefused("subject=CN=leaf\n" + one, "line 1: not");
    assertRefused(one + "trailing", "not \"-----BEGIN");
    assertRefused(one.repeat(17), "more than 16 blocks");
    assertRefused(" ".repeat(256 * 1024 + 1), "more than 256 KiB");
    assertRefused(one.substring(0, 100), "has no end");
    assertRefused(one + KeyPem.encode(key.getPrivate()), "a block PRIVATE KEY");
    assertRefused(one.replace("-----END CERTIFICATE-----", "-----END X-----"), "not the end");
    assertRefused(Pem.encode("CERTIFICATE", new byte[] {48, 0}), "not a certificate");
    byte[] der = issuer.getEncoded();
    byte[] longer = java.util.Arrays.copyOf(der, der.length + 2);
    assertRefused(Pem.encode("CERTIFICATE", longer), "line 1: ");
  }

  @Test
  void findsNothingWrongWithWhatWasOrdered() {
    assertThat(Chains.mismatch(List.of(leaf, issuer), key.getPublic(), NAMES)).isEmpty();
    assertThat(Chains.mismatch(List.of(leaf), key.getPublic(), NAMES)).isEmpty();
    assertThat(
            Chains.mismatch(
                List.of(leaf),
                KeyPem.parse(KeyPem.encode(key.getPrivate())).getPublic(),
                List.of(
                    Identifier.dns("EXAMPLE.org"), new Identifier("ip", "2001:0db8:0:0:0:0:0:1"))))
        .isEmpty();
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    assertThat(Chains.mismatch(List.of(leaf), issuerKey.getPublic(), NAMES))
        .hasValueSatisfying(reason -> assertThat(reason).contains("another key"));
    assertThat(Chains.mismatch(List.of(leaf), RfcKeys.rsa().getPublic(), NAMES)).isPresent();
    assertThat(
            Chains.mismatch(
                List.of(leaf), key.getPublic(), List.of(Identifier.dns("www.example.org"))))
        .as("a wildcard stands for itself")
        .hasValueSatisfying(reason -> assertThat(reason).contains("not for www.example.org"));
    X509Certificate nameless =
        TestCertificates.leaf("issuer", issuerKey, key.getPublic(), List.of());
    assertThat(Chains.mismatch(List.of(nameless), key.getPublic(), NAMES))
        .hasValueSatisfying(reason -> assertThat(reason).contains("but for []"));
  }

  @Test
  void theSecondCertificateIsTheFirstOnesIssuer() throws Exception {
    X509Certificate otherName = TestCertificates.issuer("other", issuerKey);
    X509Certificate otherKey = TestCertificates.issuer("issuer", key);

    for (X509Certificate wrong : List.of(otherName, otherKey)) {
      assertThat(Chains.mismatch(List.of(leaf, wrong), key.getPublic(), NAMES))
          .hasValueSatisfying(reason -> assertThat(reason).contains("is not the issuer"));
    }
  }

  private static List<X509Certificate> parse(String pem) {
    return Chains.parse(pem.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertRefused(String pem, String reason) {
    assertThatThrownBy(() -> parse(pem))
        .isInstanceOf(ChainFormatException.class)
        .hasMessageContaining(reason);
  }
}
