package io.github.certflux.internal;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;

/** Trusted roots as text (RFC 7468 §5), and the TLS context that trusts them. */
final class TrustPem {
  /** Several times what the public roots take together. */
  static final int MAX_SIZE = 4 << 20;

  private static final int MAX_CERTIFICATES = 4096;

  private TrustPem() {}

  /** The certificates; text between them is passed over, as files with many roots have it. */
  static List<X509Certificate> parse(byte[] pem) {
    if (pem.length > MAX_SIZE) {
      throw new IllegalArgumentException(
          "the trusted certificates take " + pem.length + " bytes, more than " + MAX_SIZE);
    }
    String text = withoutComments(new String(pem, StandardCharsets.ISO_8859_1));
    List<X509Certificate> found = new ArrayList<>();
    try {
      for (Pem.Block block : Pem.decode(text, MAX_CERTIFICATES)) {
        found.add(certificate(block));
      }
    } catch (Pem.PemException e) {
      throw new IllegalArgumentException(
          "the trusted certificates can't be read: " + e.getMessage(), e);
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "no trusted certificate found: expected a line -----BEGIN CERTIFICATE-----");
    }
    return List.copyOf(found);
  }

  /** With empty lines in their place, so that the numbers of lines stay. */
  private static String withoutComments(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    boolean inside = false;
    for (String line : text.split("\n", -1)) {
      boolean dashes = line.startsWith("-----");
      inside |= dashes;
      kept.append(inside ? line : "").append('\n');
      inside &= !line.startsWith("-----END ");
    }
    return kept.toString();
  }

  private static X509Certificate certificate(Pem.Block block) throws Pem.PemException {
    // A private key, say, is a mistake that must not pass unseen.
    if (!block.label().equals("CERTIFICATE")) {
      throw new Pem.PemException(block.line(), "not a certificate but a " + block.label());
    }
    try {
      ByteArrayInputStream in = new ByteArrayInputStream(block.der());
      X509Certificate certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      if (in.available() == 0) {
        return certificate;
      }
    } catch (CertificateException e) {
      throw new Pem.PemException(block.line(), "not a certificate: " + e.getMessage());
    }
    throw new Pem.PemException(block.line(), "there is more than a certificate in this block");
  }

  /**
   * A client's TLS context that offers HTTP/2 and HTTP/1.1. The JDK's TLS: OpenSSL through tcnative
   * measured no faster, and would make errors differ with the class path.
   *
   * @param trust empty for the JDK's trust store
   */
  static SslContext tls(List<X509Certificate> trust) {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2,
                    ApplicationProtocolNames.HTTP_1_1));
    if (!trust.isEmpty()) {
      builder.trustManager(trust.toArray(X509Certificate[]::new));
    }
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new IllegalStateException("TLS can't be set up: " + e.getMessage(), e);
    }
  }
}
