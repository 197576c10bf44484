package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.NAME;
import static io.github.certflux.spring.RunningApplication.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.ManagedCertificate;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.TestCaBuilder;
import io.github.certflux.testca.Validation;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;

/** Whole applications on real ports, and the test CA that looks at them. */
class WebFluxApplicationTest {
  @TempDir private Path folder;
  private final Ports ports = new Ports();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private TestCa ca(TestCaBuilder builder) throws Exception {
    TestCa ca = builder.startNow();
    opened.add(ca);
    ca.writeRoot(folder.resolve("ca.pem"));
    return ca;
  }

  private RunningApplication started(String directory, Map<String, String> more) {
    RunningApplication application = RunningApplication.start(directory, folder, ports, more);
    opened.add(application);
    return application;
  }

  @Test
  void aCertificateIsObtainedByHttp01AndOtherRequestsGoToHttps() throws Exception {
    TestCa ca = ca(TestCa.builder().validation(Validation.http01(name -> ports.http())));
    RunningApplication application =
        started(ca.directory().toString(), Map.of("certflux.challenge.types", "http-01"));

    ManagedCertificate certificate = application.certificate();

    assertThat(application.shown(NAME)).isEqualTo(certificate.chain().get(0));
    assertThat(redirect(NAME)).contains("https://" + NAME + "/hello?a=b");
    assertThat(redirect(NAME.toUpperCase(Locale.ROOT) + ".:80"))
        .contains("https://" + NAME + "/hello?a=b");
    assertThat(redirect("evil.example.com")).as("a name that is not ours").isEmpty();
    assertThat(redirect("evil%2ecom/" + NAME)).as("no name at all").isEmpty();
  }

  private Optional<String> redirect(String host) {
    HttpClientResponse response =
        Objects.requireNonNull(
            HttpClient.create()
                .headers(headers -> headers.set(HttpHeaderNames.HOST, host))
                .get()
                .uri("http://127.0.0.1:" + ports.http().getPort() + "/hello?a=b")
                .response()
                .block(PATIENCE));
    return Optional.ofNullable(response.responseHeaders().get(HttpHeaderNames.LOCATION));
  }

  @Test
  void theServerListensWhileTheCaIsDownAndTriesAgain() throws Exception {
    TestCa ca = ca(TestCa.builder());
    String directory = ca.directory().toString();
    ca.close();

    RunningApplication application = started(directory, Map.of());

    assertThat(application.shown(NAME).getSubjectX500Principal().getName())
        .isEqualTo("CN=no certificate yet");
    assertThat(application.got("/hello")).isEqualTo("hello");
    assertThat(health(application).getStatus()).isEqualTo(CertfluxHealthIndicator.DEGRADED);
  }

  private static Health health(RunningApplication application) {
    return Objects.requireNonNull(
        application.bean(CertfluxHealthIndicator.class).health().block(PATIENCE));
  }

  @Test
  void aRestartOrdersNothing() throws Exception {
    TestCa ca = ca(TestCa.builder().validation(Validation.tlsAlpn01(name -> ports.https())));
    RunningApplication first = started(ca.directory().toString(), Map.of());
    ManagedCertificate certificate = first.certificate();
    first.close();

    RunningApplication second = started(ca.directory().toString(), Map.of());

    assertThat(second.event(event -> true).kind()).isEqualTo(CertificateEvent.Kind.FOUND);
    assertThat(second.certificate().chain()).isEqualTo(certificate.chain());
    assertThat(second.shown(NAME)).isEqualTo(certificate.chain().get(0));
    assertThat(health(second).getStatus()).isEqualTo(Status.UP);
  }

  @Test
  void credentialsThatTheCaRefusesAndAPortThatIsTakenStopNobody() throws Exception {
    TestCa ca = ca(TestCa.builder().externalAccount("kid", "c".repeat(43)));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(null))) {
      RunningApplication application =
          started(
              ca.directory().toString(),
              Map.of(
                  "certflux.challenge.http.port", Integer.toString(taken.getLocalPort()),
                  "certflux.eab.key-id", "kid",
                  "certflux.eab.hmac-key", "d".repeat(43)));

      CertificateEvent event = application.event(told -> told.error().isPresent());

      assertThat(event.error()).get().asString().contains("newAccount");
      assertThat(application.httpPort()).as("not open").isZero();
      assertThat(application.got("/hello")).isEqualTo("hello");
      assertThat(application.got("/actuator/certflux"))
          .contains("\"error\":")
          .contains("newAccount");
    }
  }
}
