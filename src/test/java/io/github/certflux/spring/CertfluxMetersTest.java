package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CertfluxMetersTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final CertfluxMeters meters = new CertfluxMeters(registry);

  private void answered(int status, String problem) {
    meters.tried(
        new AcmeObserver.Try(
            AcmeOperation.NEW_ORDER,
            URI.create("https://ca.example/order"),
            1,
            status,
            Optional.of(problem),
            AcmeObserver.Next.AGAIN));
  }

  /** Each is a time series, here and wherever it is sent. */
  @Test
  void aCaThatInventsProblemsAddsNoMetersWithoutEnd() {
    answered(400, "badNonce");
    for (int i = 0; i < 1_000; i++) {
      answered(i, "problem-" + i);
    }
    answered(400, "badNonce");

    assertThat(registry.getMeters()).hasSizeLessThan(250);
    assertThat(registry.get("certflux.requests").tags("problem", "badNonce").counter().count())
        .isEqualTo(2);
    assertThat(
            registry
                .get("certflux.requests")
                .tags("status", "other", "problem", "other")
                .counter()
                .count())
        .isGreaterThan(800);
  }
}
