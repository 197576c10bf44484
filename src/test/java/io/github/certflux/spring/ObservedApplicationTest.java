package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.NAME;
import static io.github.certflux.spring.RunningApplication.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.ManagedCertificate;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.SslBundles;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;

/** One application with two certificates, and what is seen of it. */
class ObservedApplicationTest {
  private static final String SECOND = "second.example.org";
  private static final String MAC_KEY = "c".repeat(43);
  private static final String STORE_KEY =
      Base64.getEncoder()
          .encodeToString("0123456789abcdefghijklmnopqrstuv".getBytes(StandardCharsets.US_ASCII));

  @TempDir private static Path folder;
  private static final Queue<String> LOGGED = new ConcurrentLinkedQueue<>();
  private static final Logger ROOT =
      (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private static final Logger OURS = (Logger) LoggerFactory.getLogger("io.github.certflux");
  private static final AppenderBase<ILoggingEvent> LISTENER =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          LOGGED.add(event.getFormattedMessage());
        }
      };

  private static TestCa ca;
  private static RunningApplication application;

  @BeforeAll
  static void start() throws Exception {
    Ports ports = new Ports();
    ca =
        TestCa.builder()
            .externalAccount("kid", MAC_KEY)
            .validation(Validation.tlsAlpn01(name -> ports.https()))
            .startNow();
    ca.writeRoot(folder.resolve("ca.pem"));
    application =
        RunningApplication.start(
            ca.directory().toString(),
            folder,
            ports,
            Map.of(
                "certflux.certificates.second.domains", SECOND,
                "certflux.eab.key-id", "kid",
                "certflux.eab.hmac-key", MAC_KEY,
                "certflux.store.encryption.key", STORE_KEY));
    // Boot sets logging up anew when an application starts
    LISTENER.setContext(ROOT.getLoggerContext());
    LISTENER.start();
    ROOT.addAppender(LISTENER);
    OURS.setLevel(Level.TRACE);
    application.event(event -> event.names().contains(NAME) && event.certificate().isPresent());
    application.event(event -> event.names().contains(SECOND) && event.certificate().isPresent());
  }

  @AfterAll
  static void close() {
    application.close();
    ca.close();
    ROOT.detachAppender(LISTENER);
    OURS.setLevel(null);
  }

  @Test
  void eachNameHasItsCertificateByTlsAlpn01OnTheServersOwnPort() throws Exception {
    assertThat(application.shown(NAME).getSubjectAlternativeNames().toString()).contains(NAME);
    assertThat(application.shown(SECOND).getSubjectAlternativeNames().toString()).contains(SECOND);
    assertThat(application.shown("other.example.org"))
        .as("whoever asks for no name that is kept gets the server's own")
        .isNotNull();
    assertThat(application.got("/hello")).isEqualTo("hello");
  }

  @Test
  void aRenewalIsShownAndToldToWhoUsesTheBundle() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    SslBundles bundles = application.bean(SslBundles.class);
    bundles.addBundleUpdateHandler("certflux", bundle -> told.countDown());
    ManagedCertificate before = application.certificate();

    assertThat(
            application.posted(
                "/actuator/certflux", "{\"action\":\"renew\",\"name\":\"" + NAME + "\"}"))
        .startsWith("200")
        .contains(NAME)
        .doesNotContain(SECOND);

    CertificateEvent renewed =
        application.event(
            event -> event.names().contains(NAME) && event.kind() == CertificateEvent.Kind.RENEWED);
    assertThat(renewed.certificate().orElseThrow().chain()).isNotEqualTo(before.chain());
    assertThat(application.shown(NAME)).isEqualTo(application.certificate().chain().get(0));
    assertThat(told.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(bundles.getBundle("certflux").createSslContext()).isNotNull();
  }

  @Test
  void theEndpointShowsCertificatesAndAccount() {
    assertThat(application.got("/actuator/certflux"))
        .contains(
            NAME, SECOND, ca.directory().toString(), "\"account\":", "\"notAfter\":", "\"next\":");
  }

  @Test
  void theEndpointRollsTheAccountKeyOver() {
    assertThat(application.posted("/actuator/certflux", "{\"action\":\"rollover\"}"))
        .startsWith("200");
    assertThat(LOGGED).anyMatch(line -> line.contains("event=rollover-window-opened"));
    assertThat(
            application.bean(MeterRegistry.class).get("certflux.rollover.windows").gauge().value())
        .isPositive();
  }

  @Test
  void theEndpointRefusesWhatItDoesNotKnow() {
    assertThat(application.posted("/actuator/certflux", "{\"action\":\"revoke\"}"))
        .startsWith("400");
    assertThat(
            application.posted(
                "/actuator/certflux", "{\"action\":\"renew\",\"name\":\"x.example\"}"))
        .startsWith("400");
  }

  /** What a form or a script of another origin can send without asking first. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        ""
      })
  void aPageOfAnotherOriginCantUseTheEndpoint(String type) {
    long before = ca.requests().count(Endpoint.KEY_CHANGE);
    int status =
        application
            .client()
            .headers(headers -> headers.set(HttpHeaderNames.CONTENT_TYPE, type))
            .post()
            .uri("/actuator/certflux?action=rollover")
            .send(ByteBufFlux.fromString(Mono.just("{\"action\":\"rollover\"}")))
            .response()
            .block(PATIENCE)
            .status()
            .code();

    assertThat(status).isEqualTo(415);
    assertThat(ca.requests().count(Endpoint.KEY_CHANGE)).isEqualTo(before);
  }

  @Test
  void healthIsUp() {
    assertThat(application.got("/actuator/health"))
        .contains("\"certflux\":{", NAME, "\"status\":\"UP\"");
  }

  @Test
  void metersCountRequestsOrdersAndWhatRemains() {
    MeterRegistry meters = application.bean(MeterRegistry.class);

    assertThat(
            meters
                .get("certflux.requests")
                .tags("operation", "newOrder", "status", "201")
                .counter()
                .count())
        .isGreaterThanOrEqualTo(2);
    assertThat(
            meters
                .get("certflux.operations")
                .tags("operation", "issue", "outcome", "done")
                .timer()
                .count())
        .isGreaterThanOrEqualTo(2);
    assertThat(meters.get("certflux.certificate.events").tags("kind", "obtained").counter().count())
        .isEqualTo(2);
    assertThat(
            meters
                .get("certflux.certificate.remaining")
                .tags("name", SECOND)
                .timeGauge()
                .value(TimeUnit.DAYS))
        .isPositive();
    assertThat(meters.get("certflux.orders.active").gauge().value()).isNotNegative();
  }

  @Test
  void noSecretIsShown() {
    String key =
        Base64.getEncoder().encodeToString(application.certificate().privateKey().getEncoded());
    List<String> secrets =
        List.of(MAC_KEY, STORE_KEY, key.substring(key.length() / 2), "BEGIN PRIVATE");

    for (String path :
        List.of(
            "/actuator/certflux", "/actuator/health", "/actuator/env", "/actuator/configprops")) {
      String shown = application.got(path);
      assertThat(secrets).as(path).noneMatch(shown::contains);
    }
    assertThat(application.got("/actuator/env"))
        .contains("certflux.eab.hmac-key", "certflux.eab.key-id", "kid");
    assertThat(LOGGED).isNotEmpty();
    for (String line : LOGGED) {
      assertThat(secrets).as(line).noneMatch(line::contains);
    }
  }
}
