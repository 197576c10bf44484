package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In short what {@code .ci/soak spring} runs. */
class RenewalUnderLoadTest {
  private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(50);

  @Test
  void noRequestFailsWhileCertificateAndAccountKeyChange(@TempDir Path folder) throws Exception {
    UnderLoad.Result result = new UnderLoad(4, 1, Duration.ZERO, BETWEEN_REQUESTS).run(folder);

    assertThat(result.load().failures()).isEmpty();
    assertThat(result.load().answered()).isPositive().isEqualTo(result.load().sent());
    assertThat(result.load().kept()).as("connections from the first to the last").isEqualTo(2);
    assertThat(result.handshakes().failures()).isEmpty();
    assertThat(result.handshakes().certificates()).as("the first and each renewal's").isEqualTo(5);
    assertThat(result.late()).as("new connections that were shown an older one").isZero();
  }
}
