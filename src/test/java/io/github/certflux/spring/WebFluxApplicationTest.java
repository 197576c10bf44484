package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.manager.CertificateManager;
import io.github.certflux.manager.ManagedCertificate;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.TestCaBuilder;
import io.github.certflux.testca.Validation;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.tcp.SslProvider;

/** A whole application on real ports, and the test CA that looks at them. */
class WebFluxApplicationTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String NAME = "www.example.org";

  @TempDir private Path folder;
  private final AtomicInteger httpsPort = new AtomicInteger();
  private final AtomicInteger httpPort = new AtomicInteger();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {

    /** The global ones end with the first application of the JVM, for all. */
    @Bean
    ReactorResourceFactory resources() {
      ReactorResourceFactory resources = new ReactorResourceFactory();
      resources.setUseGlobalResources(false);
      resources.setShutdownQuietPeriod(Duration.ZERO);
      return resources;
    }

    @Bean
    RouterFunction<ServerResponse> hello() {
      return RouterFunctions.route()
          .GET("/hello", request -> ServerResponse.ok().bodyValue("hello"))
          .build();
    }
  }

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private TestCa ca(TestCaBuilder builder) {
    TestCa ca = builder.startNow();
    opened.add(ca);
    return ca;
  }

  private TestCa byTlsAlpn01() {
    return ca(TestCa.builder().validation(Validation.tlsAlpn01(name -> here(httpsPort))));
  }

  private static InetSocketAddress here(AtomicInteger port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port.get());
  }

  private ConfigurableApplicationContext started(String directory, Map<String, String> more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--spring.main.banner-mode=off",
                "--certflux.domains=" + NAME,
                "--certflux.terms-of-service-agreed=true",
                "--certflux.directory=" + directory,
                "--certflux.trust=file:" + folder.resolve("ca.pem"),
                "--certflux.store.path=" + folder.resolve("store"),
                "--certflux.challenge.http.port=0",
                "--management.endpoints.web.exposure.include=certflux,health",
                "--management.endpoint.health.show-details=always"));
    more.forEach((key, value) -> arguments.add("--" + key + "=" + value));
    ConfigurableApplicationContext context =
        new SpringApplicationBuilder(Application.class)
            .web(WebApplicationType.REACTIVE)
            .run(arguments.toArray(String[]::new));
    opened.add(context);
    httpsPort.set(
        Objects.requireNonNull(((ReactiveWebServerApplicationContext) context).getWebServer())
            .getPort());
    context.getBeanProvider(PlainHttpPort.class).ifAvailable(plain -> httpPort.set(plain.port()));
    return context;
  }

  private ConfigurableApplicationContext started(TestCa ca, Map<String, String> more)
      throws IOException {
    ca.writeRoot(folder.resolve("ca.pem"));
    return started(ca.directory().toString(), more);
  }

  private static ManagedCertificate certificate(ConfigurableApplicationContext context) {
    CertificateManager manager = context.getBean(CertificateManager.class);
    return Objects.requireNonNull(
        Mono.fromSupplier(() -> manager.certificate(NAME))
            .flatMap(Mono::justOrEmpty)
            .repeatWhenEmpty(again -> again.delayElements(Duration.ofMillis(20)))
            .block(PATIENCE));
  }

  /** What a client is shown that asks for this name. */
  private X509Certificate shown(String name) throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", httpsPort.get())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  private String got(String path) {
    SslProvider.GenericSslContextSpec<SslContextBuilder> trusting =
        Http11SslContextSpec.forClient()
            .configure(c -> c.trustManager(InsecureTrustManagerFactory.INSTANCE));
    return Objects.requireNonNull(
        HttpClient.create()
            .secure(spec -> spec.sslContext(trusting))
            .get()
            .uri("https://127.0.0.1:" + httpsPort.get() + path)
            .responseContent()
            .aggregate()
            .asString()
            .block(PATIENCE));
  }

  @Test
  void aCertificateIsObtainedByTlsAlpn01OnTheServersOwnPort() throws Exception {
    ConfigurableApplicationContext context = started(byTlsAlpn01(), Map.of());

    ManagedCertificate certificate = certificate(context);

    assertThat(shown(NAME)).isEqualTo(certificate.chain().get(0));
    assertThat(shown("other.example.org"))
        .as("whoever asks for no name that is kept gets the server's own")
        .isNotNull();
    assertThat(got("/hello")).isEqualTo("hello");
  }

  @Test
  void aCertificateIsObtainedByHttp01AndOtherRequestsGoToHttps() throws Exception {
    TestCa ca = ca(TestCa.builder().validation(Validation.http01(name -> here(httpPort))));
    ConfigurableApplicationContext context =
        started(ca, Map.of("certflux.challenge.types", "http-01"));

    ManagedCertificate certificate = certificate(context);

    assertThat(shown(NAME)).isEqualTo(certificate.chain().get(0));
    assertThat(redirect(NAME)).contains("https://" + NAME + "/hello?a=b");
    assertThat(redirect("evil.example.com")).isEmpty();
  }

  private Optional<String> redirect(String host) {
    HttpClientResponse response =
        Objects.requireNonNull(
            HttpClient.create()
                .headers(headers -> headers.set(HttpHeaderNames.HOST, host))
                .get()
                .uri("http://127.0.0.1:" + httpPort.get() + "/hello?a=b")
                .response()
                .block(PATIENCE));
    return Optional.ofNullable(response.responseHeaders().get(HttpHeaderNames.LOCATION));
  }

  @Test
  void theServerListensWhileTheCaIsDown() throws Exception {
    TestCa ca = byTlsAlpn01();
    String directory = ca.directory().toString();
    ca.writeRoot(folder.resolve("ca.pem"));
    ca.close();

    ConfigurableApplicationContext context = started(directory, Map.of());

    assertThat(shown(NAME).getSubjectX500Principal().getName()).isEqualTo("CN=no certificate yet");
    assertThat(got("/hello")).isEqualTo("hello");
    assertThat(health(context).getStatus()).isEqualTo(CertfluxHealthIndicator.DEGRADED);
  }

  private static Health health(ConfigurableApplicationContext context) {
    return Objects.requireNonNull(
        context
            .getBean("certfluxHealthIndicator", ReactiveHealthIndicator.class)
            .health()
            .block(PATIENCE));
  }

  @Test
  void aRestartOrdersNothing() throws Exception {
    TestCa ca = byTlsAlpn01();
    ConfigurableApplicationContext first = started(ca, Map.of());
    ManagedCertificate certificate = certificate(first);
    first.close();

    ConfigurableApplicationContext second = started(ca, Map.of());

    assertThat(certificate(second).chain()).isEqualTo(certificate.chain());
    assertThat(shown(NAME)).isEqualTo(certificate.chain().get(0));
    assertThat(health(second).getStatus()).isEqualTo(Status.UP);
  }

  @Test
  void theEndpointShowsCertificatesAndRenewsThem() throws Exception {
    ConfigurableApplicationContext context = started(byTlsAlpn01(), Map.of());
    ManagedCertificate before = certificate(context);

    assertThat(got("/actuator/certflux"))
        .contains(NAME, before.notAfter().toString())
        .doesNotContain("PRIVATE", "token");
    context.getBean(CertfluxEndpoint.class).act("renew", NAME).block(PATIENCE);

    CertificateManager manager = context.getBean(CertificateManager.class);
    ManagedCertificate renewed =
        Mono.fromSupplier(
                () -> manager.certificate(NAME).filter(now -> !now.chain().equals(before.chain())))
            .flatMap(Mono::justOrEmpty)
            .repeatWhenEmpty(again -> again.delayElements(Duration.ofMillis(20)))
            .block(PATIENCE);
    assertThat(shown(NAME)).isEqualTo(Objects.requireNonNull(renewed).chain().get(0));
    assertThat(context.getBean(SslBundles.class).getBundle("certflux").createSslContext())
        .isNotNull();
  }
}
