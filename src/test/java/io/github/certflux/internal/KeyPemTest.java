package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.KeyType;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Arrays;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.jspecify.annotations.Nullable;
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

  @Test
  void readsWhatOtherSystemsAndEditorsMakeOfIt() {
    String pem = KeyPem.encode(RfcKeys.p256().getPrivate());

    assertSamePair(KeyPem.parse(pem.replace("\n", "\r\n")), RfcKeys.p256());
    assertSamePair(KeyPem.parse("\n" + pem.replace("\n", " \n") + "\n\n"), RfcKeys.p256());
    assertSamePair(KeyPem.parse(pem.strip()), RfcKeys.p256());
  }

  @Test
  void refusesWhatIsNotOnePrivateKey() throws Exception {
    String pem = KeyPem.encode(RfcKeys.p256().getPrivate());

    assertRefused("", "nothing in it");
    assertRefused("hello", "line 1: not \"-----BEGIN");
    assertRefused(pem + "hello", "not \"-----BEGIN");
    assertRefused("key:\n" + pem, "line 1: not");
    assertRefused(pem + pem, "more than one block");
    assertRefused(pem + pem + pem, "more than 2 blocks");
    assertRefused(" ".repeat(64 * 1024 + 1), "64 KiB");
    assertRefused(pem.replace("-----END PRIVATE KEY-----\n", ""), "line 1: the block that begins");
    assertRefused(pem.replace("M", "\u00fc"), "not Base64");
    assertRefused(pem.replace("PRIVATE KEY", "private key"), "not in capitals");
    assertRefused(pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "decrypt it first");
    assertRefused("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", "line 2: a header");
    assertRefused(
        Pem.encode("PUBLIC KEY", RfcKeys.p256().getPublic().getEncoded()), "label PUBLIC KEY");
    assertRefused(Pem.encode("PRIVATE KEY", new byte[] {48, 0}), "does not hold such a key");
    byte[] der = RfcKeys.p256().getPrivate().getEncoded();
    byte[] longer = Arrays.copyOf(der, der.length + 1);
    assertRefused(Pem.encode("PRIVATE KEY", longer), "does not hold such a key");
    assertRefused(Pem.encode("EC PRIVATE KEY", inner(RfcKeys.rsa())), "does not hold");
  }

  @Test
  void refusesKeysThatAcmeHasNoAlgorithmFor() throws Exception {
    KeyPairGenerator ed25519 = KeyPairGenerator.getInstance("Ed25519");
    KeyPairGenerator weak = KeyPairGenerator.getInstance("RSA");
    weak.initialize(1024);
    KeyPairGenerator bitcoin = KeyPairGenerator.getInstance("EC", Providers.bouncyCastle());
    bitcoin.initialize(new ECGenParameterSpec("secp256k1"));

    assertRefused(encoded(ed25519), "1.3.101.112");
    assertRefused(encoded(weak), "1024 bits");
    assertRefused(encoded(bitcoin), "1.3.132.0.10");
  }

  private static String encoded(KeyPairGenerator generator) {
    return Pem.encode("PRIVATE KEY", generator.generateKeyPair().getPrivate().getEncoded());
  }

  @Test
  void refusesAKeyWithThePublicKeyOfAnother() throws Exception {
    KeyPair one = CRYPTO.generate(KeyType.EC_P256).block(LONG);
    KeyPair other = CRYPTO.generate(KeyType.EC_P256).block(LONG);
    byte[] publicOf =
        SubjectPublicKeyInfo.getInstance(other.getPublic().getEncoded())
            .getPublicKeyData()
            .getOctets();
    ECPrivateKey mixed =
        new ECPrivateKey(
            256,
            ((java.security.interfaces.ECPrivateKey) one.getPrivate()).getS(),
            new DERBitString(publicOf),
            SECObjectIdentifiers.secp256r1);

    assertRefused(
        Pem.encode("EC PRIVATE KEY", mixed.getEncoded()), "with the public key of another");
  }

  @Test
  void refusesAnRsaKeyWhosePartsDoNotBelongTogether() throws Exception {
    RSAPrivateKey key = RSAPrivateKey.getInstance(inner(RfcKeys.rsa()));
    RSAPrivateKey wrong =
        new RSAPrivateKey(
            key.getModulus(),
            key.getPublicExponent(),
            key.getPrivateExponent(),
            key.getPrime1(),
            key.getPrime2(),
            key.getExponent1().add(BigInteger.TWO),
            key.getExponent2(),
            key.getCoefficient());

    assertThatThrownBy(() -> KeyPem.parse(Pem.encode("RSA PRIVATE KEY", wrong.getEncoded())))
        .isInstanceOf(KeyFormatException.class);
  }

  @Test
  void saysThatAKeyInADeviceCanNotBeExported() {
    PrivateKey inADevice =
        new PrivateKey() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getAlgorithm() {
            return "EC";
          }

          @Override
          public @Nullable String getFormat() {
            return null;
          }

          @Override
          public byte @Nullable [] getEncoded() {
            return null;
          }
        };

    assertThatThrownBy(() -> KeyPem.encode(inADevice))
        .isInstanceOf(KeyFormatException.class)
        .hasMessageContaining("can't be exported");
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
