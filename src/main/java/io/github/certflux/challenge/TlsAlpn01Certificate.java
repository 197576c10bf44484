package io.github.certflux.challenge;

import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.Csr;
import io.github.certflux.internal.TlsAlpn01;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
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
  private static final ASN1ObjectIdentifier ACME_IDENTIFIER =
      new ASN1ObjectIdentifier(TlsAlpn01.ACME_IDENTIFIER);
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
                TlsAlpn01.PROTOCOL))
        .build();
  }

  private X509Certificate certificate(Identifier identifier, String keyAuthorization, KeyPair key)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    byte[] digest = TlsAlpn01.digest(keyAuthorization);
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
}
