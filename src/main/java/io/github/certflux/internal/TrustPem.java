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
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** Trusted roots as text (RFC 7468 §5), and the TLS context that trusts them. */
final class TrustPem {
  /** Several times what the public roots take together. */
  static final int MAX_SIZE = 4 << 20;

  private static final String BEGIN = "-----BEGIN CERTIFICATE-----";
  private static final String END = "-----END CERTIFICATE-----";
  private static final Pattern OTHER = Pattern.compile("-----(?:BEGIN|END) ([^-\r\n]{0,40})");
  private static final Pattern SPACE = Pattern.compile("\\s+");

  private TrustPem() {}

  /** The certificates; text between them is passed over, as files with many roots have it. */
  static List<X509Certificate> parse(byte[] pem) {
    if (pem.length > MAX_SIZE) {
      throw new IllegalArgumentException(
          "the trusted certificates take " + pem.length + " bytes, more than " + MAX_SIZE);
    }
    String text = new String(pem, StandardCharsets.ISO_8859_1);
    List<X509Certificate> found = new ArrayList<>();
    int from = 0;
    for (int begin = text.indexOf(BEGIN); begin >= 0; begin = text.indexOf(BEGIN, from)) {
      refuseOthers(text.substring(from, begin));
      int number = found.size() + 1;
      int end = text.indexOf(END, begin);
      if (end < 0) {
        throw new IllegalArgumentException("trusted certificate " + number + " has no end line");
      }
      found.add(certificate(text.substring(begin + BEGIN.length(), end), number));
      from = end + END.length();
    }
    refuseOthers(text.substring(from));
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "no trusted certificate found: expected PEM, with a line " + BEGIN);
    }
    return List.copyOf(found);
  }

  /** A private key, say, is a mistake that must not pass unseen. */
  private static void refuseOthers(String between) {
    Matcher other = OTHER.matcher(between);
    if (other.find()) {
      throw new IllegalArgumentException(
          "expected trusted certificates only, found " + other.group(1).strip());
    }
  }

  private static X509Certificate certificate(String base64, int number) {
    try {
      byte[] der = Base64.getDecoder().decode(SPACE.matcher(base64).replaceAll(""));
      ByteArrayInputStream in = new ByteArrayInputStream(der);
      X509Certificate certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      if (in.available() > 0) {
        throw new CertificateException("there is more behind it");
      }
      return certificate;
    } catch (IllegalArgumentException | CertificateException e) {
      throw new IllegalArgumentException(
          "trusted certificate " + number + " can't be read: " + e.getMessage(), e);
    }
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
