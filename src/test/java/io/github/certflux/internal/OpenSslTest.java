package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What OpenSSL reads, and what it writes. Skipped, and reported so, where there is none. */
class OpenSslTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final JcaCrypto CRYPTO = JcaCrypto.create();

  @TempDir Path directory;

  @BeforeAll
  static void isThere() throws Exception {
    boolean found;
    try {
      found = new ProcessBuilder("openssl", "version").start().waitFor() == 0;
    } catch (IOException e) {
      found = false;
    }
    assumeTrue(found, "no openssl on the path");
  }

  @AfterAll
  static void close() {
    CRYPTO.disposeLater().block(LONG);
  }

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void findsOurKeysAndRequestsGood(KeyType type) throws Exception {
    KeyPair key = CRYPTO.generate(type).block(LONG);
    List<Identifier> names =
        List.of(Identifier.dns("*.example.org"), new Identifier("ip", "2001:db8::1"));
    Path pem = Files.writeString(directory.resolve("key"), KeyPem.encode(key.getPrivate()));
    byte[] der = Csr.create(key, names, CsrExtras.NONE, CRYPTO).block(LONG);
    Path csr = Files.write(directory.resolve("csr"), der);

    assertThat(openssl("pkey", "-check", "-noout", "-in", pem)).contains("Key is valid");
    assertThat(openssl("req", "-verify", "-noout", "-text", "-inform", "DER", "-in", csr))
        .contains("verify OK", "DNS:*.example.org, IP Address:2001:DB8:0:0:0:0:0:1")
        .doesNotContain("CN", "Key Usage");
  }

  @Test
  void writesKeysThatWeRead() throws Exception {
    Path key = directory.resolve("key");
    for (String curve : List.of("prime256v1", "secp384r1", "secp521r1")) {
      openssl("ecparam", "-name", curve, "-genkey", "-out", key);
      assertThat(Files.readString(key)).contains("BEGIN EC PARAMETERS", "BEGIN EC PRIVATE KEY");
      assertReads(key);
      openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve, "-out", key);
      assertReads(key);
    }
    openssl("genrsa", "-traditional", "-out", key, "2048");
    assertThat(Files.readString(key)).contains("BEGIN RSA PRIVATE KEY");
    assertReads(key);
    openssl("genrsa", "-out", key, "2048");
    assertReads(key);
  }

  private void assertReads(Path key) throws Exception {
    KeyPair pair = KeyPem.parse(Files.readString(key));

    Path ours = Files.writeString(directory.resolve("ours"), KeyPem.encode(pair.getPrivate()));
    assertThat(openssl("pkey", "-pubout", "-in", ours))
        .isEqualTo(openssl("pkey", "-pubout", "-in", key))
        .isEqualTo(Pem.encode("PUBLIC KEY", pair.getPublic().getEncoded()));
  }

  private String openssl(Object... arguments) throws Exception {
    List<String> command =
        Stream.concat(Stream.of("openssl"), Stream.of(arguments).map(Object::toString)).toList();
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }
}
