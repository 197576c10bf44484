package io.github.certflux.manager;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A short form of what {@code .ci/soak manager} does with ten thousand names over a year. */
class TimeLapseTest {

  @Test
  void noCertificateEverEndsAndTheLoadIsSpread() {
    Logger log = (Logger) LoggerFactory.getLogger("io.github.certflux.manager");
    Level before = log.getLevel();
    log.setLevel(Level.ERROR); // thousands of lines about the events
    TimeLapse.Figures figures;
    try {
      figures = new TimeLapse(1_100, 100).run(day -> {});
    } finally {
      log.setLevel(before);
    }

    assertThat(figures.expired()).isZero();
    assertThat(figures.movedUp()).as("both times nearly all").isGreaterThan(1_500);
    assertThat(figures.failed()).as("the outage was met").isPositive();
    assertThat(figures.peakToMean()).as("%s", figures).isLessThanOrEqualTo(3);
  }
}
