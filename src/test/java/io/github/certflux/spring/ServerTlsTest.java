package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.web.server.Ssl;
import org.springframework.mock.env.MockEnvironment;

/** What {@code server.ssl} of an application leaves to Certflux. */
class ServerTlsTest {
  @Test
  void withoutSettingsTheServerHasTheBundle() {
    Ssl ssl = ServerTls.withBundle(null);

    assertThat(ssl.getBundle()).isEqualTo("certflux");
    assertThat(ssl.isEnabled()).isTrue();
  }

  @Test
  void whoWantsNoTlsHasNone() {
    Ssl ssl = new Ssl();
    ssl.setEnabled(false);

    assertThat(ServerTls.withBundle(ssl).getBundle()).isNull();
    assertThat(ssl.isEnabled()).isFalse();
  }

  @Test
  void whoHasCertificatesKeepsThem() {
    Ssl keyStore = new Ssl();
    keyStore.setKeyStore("classpath:own.p12");
    Ssl pem = new Ssl();
    pem.setCertificate("classpath:own.pem");

    assertThat(ServerTls.withBundle(keyStore).getBundle()).isNull();
    assertThat(ServerTls.withBundle(pem).getBundle()).isNull();
    assertThat(ServerTls.withBundle(Ssl.forBundle("own")).getBundle()).isEqualTo("own");
  }

  @Test
  void ciphersAndVersionsAreTheApplications() {
    Ssl ssl = new Ssl();
    ssl.setEnabledProtocols(new String[] {"TLSv1.3"});

    assertThat(ServerTls.withBundle(ssl).getBundle()).isEqualTo("certflux");
    SslOptions options =
        ServerTls.options(
            new MockEnvironment()
                .withProperty("server.ssl.enabled-protocols", "TLSv1.3")
                .withProperty("server.ssl.ciphers", "TLS_AES_128_GCM_SHA256"));
    assertThat(options.getEnabledProtocols()).containsExactly("TLSv1.3");
    assertThat(options.getCiphers()).containsExactly("TLS_AES_128_GCM_SHA256");
    assertThat(ServerTls.options(new MockEnvironment()).isSpecified()).isFalse();
  }

  @Test
  void clientsAreNotLetInByAnyCa() {
    Ssl ssl = new Ssl();
    ssl.setClientAuth(Ssl.ClientAuth.NEED);

    assertThatThrownBy(() -> ServerTls.withBundle(ssl))
        .isInstanceOf(CertfluxConfigurationException.class)
        .hasMessageContaining("server.ssl.client-auth");
  }
}
