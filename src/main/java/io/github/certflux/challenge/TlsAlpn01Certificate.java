package io.github.certflux.challenge;

import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.Csr;
import io.github.certflux.internal.Names;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.Locale;
import java.util.function.Supplier;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import reactor.core.publisher.Mono;

/** The certificate that a CA is shown (RFC 8737 §3): self-signed, with a key of its own. */
final class TlsAlpn01Certificate {
  /** The only application protocol that a CA offers. */
  static final String PROTOCOL = "acme-tls/1";

  private static final ASN1ObjectIdentifier ACME_IDENTIFIER =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.31");
  private static final X500Name NAME = new X500Name("CN=tls-alpn-01 challenge");
  private static final Duration CLOCKS_DIFFER = Duration.ofDays(1);
  private static final Duration VALID = Duration.ofDays(7);
  private static final int SERIAL_BYTES = 16;

  private final Crypto crypto;
  private final Supplier<Instant> clock;

  TlsAlpn01Certificate(Crypto crypto, Supplier<Instant> clock) {
    this.crypto = crypto;
    this.clock = clock;
  }

  /** What answers the handshake; made on the threads for heavy work. */
  Mono<SslContext> context(Identifier identifier, String keyAuthorization) {
    return crypto
        .generate(KeyType.EC_P256)
        .flatMap(key -> crypto.heavy(() -> context(identifier, keyAuthorization, key)));
  }

  /** By the JDK, which is always there, whatever the server beside it uses. */
  private SslContext context(Identifier identifier, String keyAuthorization, KeyPair key)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    return SslContextBuilder.forServer(
            key.getPrivate(), certificate(identifier, keyAuthorization, key))
        .sslProvider(SslProvider.JDK)
        .protocols("TLSv1.3", "TLSv1.2")
        .applicationProtocolConfig(
            new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.FATAL_ALERT,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                PROTOCOL))
        .build();
  }

  private X509Certificate certificate(Identifier identifier, String keyAuthorization, KeyPair key)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    byte[] digest =
        MessageDigest.getInstance("SHA-256")
            .digest(keyAuthorization.getBytes(StandardCharsets.US_ASCII));
    Instant now = clock.get();
    X509v3CertificateBuilder certificate =
        new JcaX509v3CertificateBuilder(
            NAME,
            new BigInteger(1, Arrays.copyOf(digest, SERIAL_BYTES)),
            Date.from(now.minus(CLOCKS_DIFFER)),
            Date.from(now.plus(VALID)),
            NAME,
            key.getPublic());
    certificate.addExtension(
        Extension.subjectAlternativeName, false, new GeneralNames(Csr.generalName(identifier)));
    certificate.addExtension(ACME_IDENTIFIER, true, new DEROctetString(digest));
    return new JcaX509CertificateConverter()
        .getCertificate(
            certificate.build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
  }

  /** The name that a CA asks for in the handshake; for an address, the one it is looked up by. */
  static String serverName(Identifier identifier) {
    return identifier.type().equals("ip")
        ? reverse(address(identifier))
        : identifier.value().toLowerCase(Locale.ROOT);
  }

  private static byte[] address(Identifier identifier) {
    byte[] address = Names.address(identifier.value());
    if (address == null) {
      throw new IllegalArgumentException("not an IP address: " + identifier);
    }
    return address;
  }

  /** RFC 8738 §6: {@code 1.0.0.127.in-addr.arpa}; by half bytes below {@code ip6.arpa}. */
  private static String reverse(byte[] address) {
    boolean short4 = address.length == 4;
    StringBuilder name = new StringBuilder();
    for (int i = address.length - 1; i >= 0; i--) {
      int value = address[i] & 0xff;
      if (short4) {
        name.append(value).append('.');
      } else {
        name.append(Character.forDigit(value & 0xf, 16))
            .append('.')
            .append(Character.forDigit(value >> 4, 16))
            .append('.');
      }
    }
    return name.append(short4 ? "in-addr.arpa" : "ip6.arpa").toString();
  }
}
