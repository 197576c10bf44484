package io.github.certflux.manager;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A short form of what {@code .ci/soak manager} does with ten thousand names over a year. */
class TimeLapseTest {

  @Test
  void noCertificateEverEndsAndTheLoadIsSpread() {
    TimeLapse.Figures figures = new TimeLapse(900, 100).run(day -> {});

    assertThat(figures.expired()).isZero();
    assertThat(figures.movedUp()).as("both times nearly all").isGreaterThan(1_500);
    assertThat(figures.failed()).as("the outage was met").isPositive();
    assertThat(figures.peakToMean()).as("%s", figures).isLessThanOrEqualTo(3);
  }
}
