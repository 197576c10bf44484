package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.certflux.protocol.CsrFormatException;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.KeyType;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Whatever a parser is given, it returns a value or its own error. Seeded: a failure repeats. */
class HostileInputTest {
  private static final long SEED = 20261123;
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final JcaCrypto CRYPTO = JcaCrypto.create();

  @AfterAll
  static void close() {
    CRYPTO.disposeLater().block(LONG);
  }

  private interface Parser {
    void parse(byte[] input) throws Exception;
  }

  @Test
  void keys() throws Exception {
    for (KeyType type : List.of(KeyType.EC_P256, KeyType.EC_P384, KeyType.EC_P521)) {
      KeyPair key = CRYPTO.generate(type).block(LONG);
      key = KeyPem.parse(KeyPem.encode(key.getPrivate()));
      mutate("PRIVATE KEY", key.getPrivate().getEncoded(), 800, HostileInputTest::key);
      mutate("EC PRIVATE KEY", inner(key), 800, HostileInputTest::key);
    }
    KeyPair rsa = RfcKeys.rsa();
    mutate("PRIVATE KEY", rsa.getPrivate().getEncoded(), 800, HostileInputTest::key);
    mutate("RSA PRIVATE KEY", inner(rsa), 800, HostileInputTest::key);
  }

  private static void key(byte[] input) {
    String pem = new String(input, StandardCharsets.ISO_8859_1);
    try {
      KeyPem.parse(pem);
    } catch (KeyFormatException e) {
      assertThat(e).hasNoCause();
      for (String line : pem.split("\n", -1)) {
        if (line.length() > 20 && !line.startsWith("-")) {
          assertThat(e.getMessage()).doesNotContain(line.substring(0, 12));
        }
      }
    }
  }

  @Test
  void chains() throws Exception {
    KeyPair key = RfcKeys.p256();
    List<Identifier> names =
        List.of(Identifier.dns("example.org"), new Identifier("ip", "2001:db8::1"));
    X509Certificate issuer = TestCertificates.issuer("issuer", key);
    X509Certificate leaf = TestCertificates.leaf("issuer", key, key.getPublic(), names);
    byte[] tail = TestCertificates.pem(issuer).getBytes(StandardCharsets.UTF_8);

    Parser parser =
        input -> {
          try {
            Chains.mismatch(Chains.parse(input), key.getPublic(), names);
          } catch (ChainFormatException e) {
            assertThat(e.getMessage()).hasSizeLessThan(500);
          }
        };
    mutate("CERTIFICATE", leaf.getEncoded(), 4000, input -> parser.parse(join(input, tail)));
    mutate("CERTIFICATE", issuer.getEncoded(), 4000, input -> parser.parse(join(tail, input)));
  }

  @Test
  void signingRequests() throws Exception {
    for (KeyPair key : List.of(RfcKeys.p256(), RfcKeys.rsa())) {
      byte[] der =
          Csr.create(key, List.of(Identifier.dns("example.org")), CsrExtras.NONE, CRYPTO)
              .block(LONG);
      mutate(
          "CERTIFICATE REQUEST",
          der,
          2000,
          input -> {
            try {
              Csr.parse(Csr.der(new String(input, StandardCharsets.ISO_8859_1)));
            } catch (CsrFormatException e) {
              assertThat(e.getMessage()).isNotBlank();
            }
          });
    }
  }

  /** Deeper than a stack, with definite lengths and without. */
  @Test
  void nestedSequences() {
    for (byte[] nested : List.of(indefinite(), definite(indefinite()), definite(deep()))) {
      for (String label : List.of("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY")) {
        String pem = Pem.encode(label, nested);
        assertThat(refused(() -> KeyPem.parse(pem))).isInstanceOf(KeyFormatException.class);
      }
      assertThat(refused(() -> Csr.parse(nested))).isInstanceOf(CsrFormatException.class);
      byte[] chain = Pem.encode("CERTIFICATE", nested).getBytes(StandardCharsets.UTF_8);
      assertThat(refused(() -> Chains.parse(chain))).isInstanceOf(ChainFormatException.class);
    }
  }

  private static byte[] indefinite() {
    byte[] nested = new byte[40_000];
    for (int i = 0; i < nested.length; i += 2) {
      nested[i] = 0x30;
      nested[i + 1] = (byte) 0x80;
    }
    return nested;
  }

  private static byte[] deep() {
    byte[] nested = {};
    for (int depth = 0; depth < 10_000; depth++) {
      nested = definite(nested);
    }
    return nested;
  }

  private static byte[] definite(byte[] content) {
    int length = content.length;
    byte[] head =
        length < 128
            ? new byte[] {0x30, (byte) length}
            : new byte[] {0x30, (byte) 0x82, (byte) (length >> 8), (byte) length};
    return join(head, content);
  }

  private static Throwable refused(Runnable parse) {
    return catchThrowable(parse::run);
  }

  /** A third of the mutants in the text, the others in what it encodes, where they reach deeper. */
  private static void mutate(String label, byte[] der, int times, Parser parser) throws Exception {
    Random random = new Random(SEED);
    byte[] text = Pem.encode(label, der).getBytes(StandardCharsets.ISO_8859_1);
    parser.parse(text);
    for (int i = 0; i < times; i++) {
      byte[] mutant =
          i % 3 == 0
              ? mutant(text, random)
              : Pem.encode(label, mutant(der, random)).getBytes(StandardCharsets.ISO_8859_1);
      try {
        parser.parse(mutant);
      } catch (Throwable e) {
        throw new AssertionError(
            label + " " + i + ": " + Base64.getEncoder().encodeToString(mutant), e);
      }
    }
  }

  private static byte[] mutant(byte[] original, Random random) {
    byte[] bytes = original.clone();
    for (int change = random.nextInt(3); change >= 0 && bytes.length > 1; change--) {
      int at = random.nextInt(bytes.length);
      int length = 1 + random.nextInt(Math.min(16, bytes.length - at));
      byte[] before = Arrays.copyOf(bytes, at);
      byte[] after = Arrays.copyOfRange(bytes, at, bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes[at] += (byte) (random.nextBoolean() ? 1 : -1);
        case 3 -> bytes = join(before, Arrays.copyOfRange(bytes, at + length, bytes.length));
        case 4 -> bytes = join(before, join(Arrays.copyOf(after, length), after));
        default -> bytes = random.nextInt(4) == 0 ? before : bytes;
      }
    }
    return bytes;
  }

  private static byte[] join(byte[] one, byte[] two) {
    byte[] both = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, both, one.length, two.length);
    return both;
  }

  private static byte[] inner(KeyPair pair) throws Exception {
    return PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded())
        .parsePrivateKey()
        .toASN1Primitive()
        .getEncoded("DER");
  }
}
