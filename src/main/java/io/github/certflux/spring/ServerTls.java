package io.github.certflux.spring;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.web.server.Ssl;
import org.springframework.core.env.Environment;

/** What the application itself sets of its server's TLS, by {@code server.ssl}. */
final class ServerTls {
  private ServerTls() {}

  /** Ciphers and versions, which Boot takes from the bundle where there is one. */
  static SslOptions options(Environment environment) {
    Binder binder = Binder.get(environment);
    for (String kind : List.of("pem", "jks")) {
      String bundles = "spring.ssl.bundle." + kind;
      if (binder
          .bind(bundles, Bindable.mapOf(String.class, Object.class))
          .orElse(Map.of())
          .containsKey(ServerBundle.NAME)) {
        throw new CertfluxConfigurationException(
            bundles + "." + ServerBundle.NAME + " has the name of the bundle that Certflux makes",
            "Give it another name, or set certflux.enabled=false to go on with it");
      }
    }
    Ssl ssl = binder.bind("server.ssl", Ssl.class).orElseGet(Ssl::new);
    return SslOptions.of(ssl.getCiphers(), ssl.getEnabledProtocols());
  }

  /**
   * With the bundle, unless the application has certificates of its own, or wants no TLS, as behind
   * a balancer that has it.
   */
  static Ssl withBundle(@Nullable Ssl ssl) {
    if (ssl == null) {
      return Ssl.forBundle(ServerBundle.NAME);
    }
    boolean isItsOwn =
        ssl.getBundle() != null || ssl.getKeyStore() != null || ssl.getCertificate() != null;
    if (ssl.isEnabled() && !isItsOwn) {
      if (ssl.getClientAuth() != null && ssl.getClientAuth() != Ssl.ClientAuth.NONE) {
        throw new CertfluxConfigurationException(
            "server.ssl.client-auth is "
                + ssl.getClientAuth()
                + ", but the bundle of Certflux trusts whom the JVM trusts, not your clients' CA",
            "Terminate those connections at a server of their own, or check the clients' certificates in the application");
      }
      ssl.setBundle(ServerBundle.NAME);
    }
    return ssl;
  }
}
