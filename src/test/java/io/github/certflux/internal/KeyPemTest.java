package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.KeyType;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyPemTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final JcaCrypto CRYPTO = JcaCrypto.create();

  @AfterAll
  static void close() {
    CRYPTO.disposeLater().block(LONG);
  }

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void readsWhatItWrites(KeyType type) {
    KeyPair made = CRYPTO.generate(type).block(LONG);

    KeyPair read = KeyPem.parse(KeyPem.encode(made.getPrivate()));

    assertSamePair(read, made);
    assertThat(KeyPem.encode(read.getPrivate())).startsWith("-----BEGIN PRIVATE KEY-----\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp256r1", "secp384r1", "secp521r1"})
  void readsWhatTheJdkWrites(String curve) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    KeyPair made = generator.generateKeyPair();

    assertSamePair(KeyPem.parse(KeyPem.encode(made.getPrivate())), made);
  }

  /** The forms in which certbot, acme.sh and OpenSSL's older commands keep their keys. */
  @Test
  void readsTheOlderFormsOfOtherClients() throws Exception {
    KeyPair p256 = KeyPem.parse(KeyPem.encode(RfcKeys.p256().getPrivate()));
    String sec1 = Pem.encode("EC PRIVATE KEY", inner(p256));
    String parameters =
        Pem.encode("EC PARAMETERS", new byte[] {6, 8, 42, -122, 72, -50, 61, 3, 1, 7});
    String nameless = Pem.encode("EC PRIVATE KEY", inner(RfcKeys.p256()));

    assertSamePair(KeyPem.parse(sec1), RfcKeys.p256());
    assertSamePair(KeyPem.parse(parameters + sec1), RfcKeys.p256());
    assertSamePair(
        KeyPem.parse(Pem.encode("RSA PRIVATE KEY", inner(RfcKeys.rsa()))), RfcKeys.rsa());
    assertRefused(nameless, "without the name of its curve");
  }

  private static byte[] inner(KeyPair pair) throws Exception {
    return PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded())
        .parsePrivateKey()
        .toASN1Primitive()
        .getEncoded("DER");
  }

  private static void assertSamePair(KeyPair read, KeyPair made) {
    assertThat(read.getPublic().getEncoded()).isEqualTo(made.getPublic().getEncoded());
    Keys.check(new KeyPair(made.getPublic(), read.getPrivate()));
  }

  private static void assertRefused(String pem, String reason) {
    assertThatThrownBy(() -> KeyPem.parse(pem))
        .isInstanceOf(KeyFormatException.class)
        .hasMessageContaining(reason);
  }
}
