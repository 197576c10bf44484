package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeClientBuilder;
import io.github.certflux.manager.CertificateManagerBuilder;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application whose CA refuses its name, and that has another. */
class FallbackTest {
  private final Ports ports = new Ports();
  private final TestCa refusing = TestCa.builder().rejectIdentifiers(name -> true).startNow();
  private final TestCa other =
      TestCa.builder().validation(Validation.tlsAlpn01(name -> ports.https())).startNow();

  @TempDir Path folder;

  /** What no property says. */
  @Configuration(proxyBeanMethods = false)
  static class More {
    static final List<AcmeClientBuilder> CLIENTS = new CopyOnWriteArrayList<>();
    static final List<CertificateManagerBuilder> MANAGERS = new CopyOnWriteArrayList<>();

    @Bean
    AcmeClientCustomizer clients() {
      return client -> CLIENTS.add(client.leaseTerm(Duration.ofSeconds(10)));
    }

    @Bean
    CertificateManagerCustomizer managers() {
      return manager -> MANAGERS.add(manager.keepKeys());
    }
  }

  @AfterEach
  void close() {
    refusing.close();
    other.close();
  }

  @Test
  void anotherCaIsAskedAndTheEndpointShowsBoth() throws Exception {
    More.CLIENTS.clear();
    More.MANAGERS.clear();
    refusing.writeRoot(folder.resolve("ca.pem"));
    Path root = other.writeRoot(folder.resolve("other.pem"));

    try (RunningApplication application =
        RunningApplication.start(
            refusing.directory().toString(),
            folder,
            ports,
            Map.of(
                "certflux.fallbacks[0].directory",
                other.directory().toString(),
                "certflux.fallbacks[0].trust",
                "file:" + root),
            More.class)) {
      assertThat(application.certificate().ca()).contains(other.directory());
      assertThat(other.truth().certificates()).hasSize(1);
      assertThat(refusing.truth().certificates()).isEmpty();
      assertThat(application.got("/actuator/certflux"))
          .contains("\"directory\":\"" + refusing.directory())
          .contains("\"fallbacks\":[{\"directory\":\"" + other.directory())
          .contains("\"ca\":\"" + other.directory());
      assertThat(application.posted("/actuator/certflux", "{\"action\":\"rollover\"}"))
          .startsWith("200");
    }
    assertThat(More.CLIENTS).hasSize(2);
    assertThat(More.MANAGERS).hasSize(1);
  }
}
