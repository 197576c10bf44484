package io.github.certflux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.certflux.internal.Chains;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.protocol.KeyType;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a user makes of a certificate with its key. */
class CertificateFormsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private static Certificate of(KeyType type, boolean withKey) throws Exception {
    JcaCrypto crypto = JcaCrypto.create();
    KeyPair key = crypto.generate(type).block();
    crypto.disposeLater().block();
    String algorithm = type.name().startsWith("EC") ? "SHA256withECDSA" : "SHA256withRSA";
    X500Name name = new X500Name("CN=localhost");
    byte[] der =
        new JcaX509v3CertificateBuilder(
                name,
                BigInteger.ONE,
                Date.from(Instant.EPOCH),
                Date.from(Instant.ofEpochSecond(4_000_000_000L)),
                name,
                key.getPublic())
            .build(new JcaContentSignerBuilder(algorithm).build(key.getPrivate()))
            .getEncoded();
    String pem =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(der)
            + "\n-----END CERTIFICATE-----\n";
    List<X509Certificate> chain = Chains.parse(pem.getBytes(US_ASCII));
    return new Certificate(
        URI.create("https://localhost/1"),
        chain,
        withKey ? Optional.of(key) : Optional.empty(),
        List.of(),
        true);
  }

  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048"})
  void aPkcs12FileHoldsChainAndKey(KeyType type) throws Exception {
    Certificate certificate = of(type, true);

    KeyStore read = KeyStore.getInstance("PKCS12");
    read.load(new ByteArrayInputStream(certificate.pkcs12(PASSWORD)), PASSWORD);

    assertThat(read.getCertificateChain("acme")).containsExactlyElementsOf(certificate.chain());
    assertThat(read.getKey("acme", PASSWORD).getEncoded())
        .isEqualTo(certificate.key().orElseThrow().getPrivate().getEncoded());
  }

  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048"})
  void aTlsServerProvesTheCertificatesKey(KeyType type) throws Exception {
    Certificate certificate = of(type, true);
    SslContext server = certificate.sslContext().build();
    SslContext client =
        SslContextBuilder.forClient().trustManager(certificate.chain().get(0)).build();

    SSLEngine one = client.newEngine(UnpooledByteBufAllocator.DEFAULT, "localhost", 1);
    shakeHands(one, server.newEngine(UnpooledByteBufAllocator.DEFAULT));

    assertThat(one.getSession().getPeerCertificates()[0]).isEqualTo(certificate.chain().get(0));
  }

  private static void shakeHands(SSLEngine client, SSLEngine server) throws Exception {
    ByteBuffer up = ByteBuffer.allocate(1 << 16);
    ByteBuffer down = ByteBuffer.allocate(1 << 16);
    for (int i = 0; i < 50; i++) {
      step(client, up, down);
      step(server, down, up);
    }
  }

  /** Reads what the other side sent, and answers. */
  private static void step(SSLEngine engine, ByteBuffer out, ByteBuffer in) throws Exception {
    in.flip();
    engine.unwrap(in, ByteBuffer.allocate(1 << 16));
    in.compact();
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
    engine.wrap(ByteBuffer.allocate(0), out);
  }

  @ParameterizedTest
  @EnumSource(names = "EC_P256")
  void aCertificateOfTheUsersCsrHasNoKeyToGive(KeyType type) throws Exception {
    Certificate certificate = of(type, false);

    assertThatIllegalStateException().isThrownBy(() -> certificate.keyStore(PASSWORD));
    assertThatIllegalStateException().isThrownBy(certificate::sslContext);
  }
}
