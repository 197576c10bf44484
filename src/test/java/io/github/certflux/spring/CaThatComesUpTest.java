package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.NAME;
import static io.github.certflux.spring.RunningApplication.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.testca.Fault;
import io.github.certflux.testca.FaultRule;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** A CA that is down when the application starts, and comes up later. */
class CaThatComesUpTest {
  @TempDir private Path folder;
  private final Ports ports = new Ports();
  private TestCa ca;

  @BeforeEach
  void start() throws Exception {
    ca = TestCa.builder().validation(Validation.tlsAlpn01(name -> ports.https())).startNow();
    ca.writeRoot(folder.resolve("ca.pem"));
  }

  @AfterEach
  void close() {
    ca.close();
  }

  private RunningApplication started() {
    return RunningApplication.start(ca.directory().toString(), folder, ports, Map.of());
  }

  @Test
  void theCertificateComesByItselfWhereTheCaWasAwayForAMoment() throws Exception {
    FaultRule away = ca.faults().onAny().always().then(Fault.refuseConnection());
    try (RunningApplication application = started()) {
      assertThat(application.got("/hello")).isEqualTo("hello");
      assertThat(application.shown(NAME).getSubjectX500Principal().getName())
          .isEqualTo("CN=no certificate yet");
      Flux.interval(Duration.ofMillis(50))
          .takeUntil(time -> away.happened() > 0)
          .blockLast(PATIENCE);

      ca.faults().clear();

      assertThat(application.shown(application.certificate().names().get(0)))
          .isEqualTo(application.certificate().chain().get(0));
    }
  }

  @Test
  void whoKnowsThatItIsBackNeedNotWaitForTheNextAttempt() throws Exception {
    ca.faults().onAny().always().then(Fault.html());
    try (RunningApplication application = started()) {
      String error =
          application.event(told -> told.error().isPresent()).error().orElseThrow().getMessage();
      assertThat(application.got("/actuator/health"))
          .contains("\"certflux\":{", "\"status\":\"DEGRADED\"");
      assertThat(application.got("/actuator/certflux")).contains("\"error\":", "\"next\":");
      assertThat(application.got("/hello")).as(error).isEqualTo("hello");

      ca.faults().clear();
      assertThat(application.posted("/actuator/certflux", "{\"action\":\"renew\"}"))
          .startsWith("200");

      assertThat(application.shown(application.certificate().names().get(0)))
          .isEqualTo(application.certificate().chain().get(0));
      assertThat(application.got("/actuator/certflux")).doesNotContain("\"error\":");
    }
  }
}
