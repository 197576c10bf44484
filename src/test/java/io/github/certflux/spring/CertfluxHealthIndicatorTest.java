package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
