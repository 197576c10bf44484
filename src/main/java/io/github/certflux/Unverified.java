package io.github.certflux;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import javax.net.ssl.SSLException;

/**
 * TLS that takes any certificate, for looks at what a server shows: a CA can't expect a trusted one
 * before it has issued one. Nothing secret is sent.
 */
final class Unverified {
  private Unverified() {}

  /**
   * A client's context.
   *
   * @param protocols the application protocols that are offered, if any
   */
  static SslContext tls(String... protocols) {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .trustManager(InsecureTrustManagerFactory.INSTANCE);
    if (protocols.length > 0) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              ApplicationProtocolConfig.Protocol.ALPN,
              ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
              ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
              protocols));
    }
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new IllegalStateException("TLS can't be set up: " + e.getMessage(), e);
    }
  }
}
