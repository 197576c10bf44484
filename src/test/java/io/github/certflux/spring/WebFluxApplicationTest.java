package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.NAME;
import static io.github.certflux.spring.RunningApplication.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.challenge.TlsAlpn01Solver;
import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.manager.ManagedCertificate;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.ProofRequest;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.TestCaBuilder;
import io.github.certflux.testca.Validation;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
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
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Flux;
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

  private RunningApplication started(
      String directory, Map<String, String> more, Class<?>... configuration) {
    RunningApplication application =
        RunningApplication.start(directory, folder, ports, more, configuration);
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

  @Test
  void whatABalancerThatEndsTlsHidesIsProvedByHttp01TheNextTime() throws Exception {
    TestCa ca = ca(TestCa.builder().validation(Validation.http01(name -> ports.http())));
    RunningApplication application =
        started(
            ca.directory().toString(), Map.of("certflux.challenge.types", "tls-alpn-01,http-01"));
    assertThat(application.event(told -> told.error().isPresent()).error())
        .get()
        .isInstanceOf(AcmeAuthorizationException.class);

    application.bean(CertificateManager.class).renewNow(NAME).block(PATIENCE);

    ManagedCertificate certificate = application.certificate();
    assertThat(application.shown(NAME)).isEqualTo(certificate.chain().get(0));
  }

  /** Until the port is free nothing is spent on http-01. */
  @Test
  void aPlainPortThatIsTakenIsOpenedOnceItIsFree() throws Exception {
    TestCa ca = ca(TestCa.builder().validation(Validation.tlsAlpn01(name -> ports.https())));
    ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(null));
    opened.add(taken);
    RunningApplication application =
        started(
            ca.directory().toString(),
            Map.of(
                "certflux.challenge.types",
                "http-01,tls-alpn-01",
                "certflux.challenge.http.port",
                Integer.toString(taken.getLocalPort())));

    assertThat(application.certificate().names()).containsExactly(NAME);

    assertThat(health(application).getStatus()).isEqualTo(CertfluxHealthIndicator.DEGRADED);
    assertThat(health(application).getDetails().get("plain-port"))
        .asString()
        .contains(Integer.toString(taken.getLocalPort()), "in use");
    taken.close();
    Flux.interval(Duration.ofMillis(50))
        .takeUntil(time -> application.httpPort() == taken.getLocalPort())
        .blockLast(PATIENCE);
    assertThat(health(application).getStatus()).isEqualTo(Status.UP);
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnSolvers {
    @Bean
    Http01Solver http() {
      return Http01Solver.inServer();
    }

    @Bean
    TlsAlpn01Solver tls() {
      return TlsAlpn01Solver.inServer();
    }
  }

  @Test
  void solversOfTheApplicationAnswerOnItsPorts() throws Exception {
    TestCa ca = ca(TestCa.builder().validation(Validation.always()));
    RunningApplication application = started(ca.directory().toString(), Map.of(), OwnSolvers.class);
    application.certificate();

    assertThat(wrong(application.bean(Http01Solver.class), Validation.http01(n -> ports.http())))
        .isEmpty();
    assertThat(
            wrong(
                application.bean(TlsAlpn01Solver.class), Validation.tlsAlpn01(n -> ports.https())))
        .isEmpty();
  }

  /** What a CA finds wrong with this solver's proof. */
  private static Optional<CaProblem> wrong(ChallengeSolver solver, Validation validation) {
    String token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
    String proof = token + ".thumbprint";
    String account = "https://ca.example/1";
    Identifier name = Identifier.dns(NAME);
    solver
        .present(new SolverRequest(name, false, token, proof, URI.create(account)))
        .block(PATIENCE);
    return validation
        .check(new ProofRequest(solver.type(), name, false, token, proof, account))
        .blockOptional(PATIENCE);
  }

  @Test
  void whatWasStoppedAndStartedAgainGoesOn() throws Exception {
    TestCa ca = ca(TestCa.builder().validation(Validation.http01(name -> ports.http())));
    RunningApplication application =
        started(ca.directory().toString(), Map.of("certflux.challenge.types", "http-01"));
    ManagedCertificate first = application.certificate();

    application.pause();
    application.bean(CertificateManager.class).renewNow(NAME).block(PATIENCE);

    CertificateEvent renewed =
        application.event(told -> told.kind() == CertificateEvent.Kind.RENEWED);
    assertThat(renewed.certificate()).get().isNotEqualTo(first);
    assertThat(application.shown(NAME))
        .isEqualTo(renewed.certificate().orElseThrow().chain().get(0));
    assertThat(redirect(NAME)).isPresent();
  }
}
