package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;

/** Health goes by the share of the lifetime that is left, so that short lives are as healthy. */
class CertfluxHealthIndicatorTest {
  @ParameterizedTest(name = "{0} days, after {1} hours, failing {2}: {3}")
  @CsvSource({
    "6, 30, false, UP",
    "6, 119, false, UP",
    "6, 121, false, DEGRADED",
    "6, 107, true, UP",
    "6, 109, true, DEGRADED",
    "6, 143, false, DEGRADED",
    "6, 144, false, DOWN",
    "6, 200, true, DOWN",
    "45, 899, false, UP",
    "45, 901, false, DEGRADED",
    "90, 1801, false, DEGRADED",
    "90, 1619, true, UP",
    "90, 1621, true, DEGRADED"
  })
  void aCertificateIsAsHealthyAsTheShareThatIsLeft(
      int days, int hours, boolean isFailing, String status) {
    Instant begin = Instant.EPOCH;

    assertThat(
            CertfluxHealthIndicator.status(
                    begin,
                    begin.plus(Duration.ofDays(days)),
                    isFailing,
                    begin.plus(Duration.ofHours(hours)))
                .getCode())
        .isEqualTo(status);
  }

  @Test
  void certificatesThatBeginWithTheSameNameAreToldApart() {
    new ReactiveWebApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(CertfluxAutoConfiguration.class, SslAutoConfiguration.class))
        .withBean(SimpleMeterRegistry.class)
        .withPropertyValues(
            "certflux.domains=www.example.org",
            "certflux.certificates.both.domains=www.example.org,example.org",
            "certflux.certificates.shop.domains=shop.example.org,example.org",
            "certflux.terms-of-service-agreed=true",
            "certflux.store.type=memory",
            "certflux.challenge.http.port=0")
        .run(
            context -> {
              List<String> labels =
                  List.of("www.example.org", "www.example.org,example.org", "shop.example.org");
              assertThat(
                      context
                          .getBean(CertfluxHealthIndicator.class)
                          .health()
                          .block()
                          .getDetails()
                          .keySet())
                  .containsExactlyElementsOf(labels);
              assertThat(
                      context
                          .getBean(SimpleMeterRegistry.class)
                          .get("certflux.certificate.remaining")
                          .timeGauges())
                  .extracting(gauge -> gauge.getId().getTag("name"))
                  .containsExactlyInAnyOrderElementsOf(labels);
            });
  }
}
