package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.NAME;
import static io.github.certflux.spring.RunningApplication.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.netty.http.client.HttpClient;

/** What strangers may send to the plain port. */
class PlainHttpPortTest {
  @TempDir private Path folder;
  private final Ports ports = new Ports();
  private TestCa ca;

  @BeforeEach
  void start() throws Exception {
    ca = TestCa.builder().validation(Validation.http01(name -> ports.http())).startNow();
    ca.writeRoot(folder.resolve("ca.pem"));
  }

  @AfterEach
  void close() {
    ca.close();
  }

  private RunningApplication started(Map<String, String> more) {
    Map<String, String> properties = new HashMap<>(more);
    properties.put("certflux.challenge.types", "http-01");
    return RunningApplication.start(ca.directory().toString(), folder, ports, properties);
  }

  private int status(String host) {
    return Objects.requireNonNull(
            HttpClient.create()
                .headers(headers -> headers.set(HttpHeaderNames.HOST, host))
                .get()
                .uri("http://127.0.0.1:" + ports.http().getPort() + "/hello")
                .response()
                .block(PATIENCE))
        .status()
        .code();
  }

  /** A regular expression that goes down a level for each label takes the thread's whole stack. */
  @Test
  void aHostOfAnyLengthIsAnswered() {
    try (RunningApplication application = started(Map.of())) {
      application.certificate();

      assertThat(status("a.".repeat(3_000) + "a")).isEqualTo(404);
      assertThat(status("a".repeat(6_000))).isEqualTo(404);
      assertThat(status(NAME)).as("for everybody else").isEqualTo(307);
    }
  }

  @Test
  void withoutTheRedirectItAnswersChallengesAlone() {
    try (RunningApplication application =
        started(Map.of("certflux.challenge.http.redirect", "false"))) {
      assertThat(application.certificate().names()).containsExactly(NAME);

      assertThat(status(NAME)).isEqualTo(404);
    }
  }
}
