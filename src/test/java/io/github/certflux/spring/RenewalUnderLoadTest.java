package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In short what {@code .ci/soak spring} runs. */
class RenewalUnderLoadTest {

  @Test
  void noRequestFailsWhileCertificateAndAccountKeyChange(@TempDir Path folder) throws Exception {
    UnderLoad.Result result = new UnderLoad().run(folder, 4, 1);

    assertThat(result.failures()).isEmpty();
    assertThat(result.answered()).isPositive();
    assertThat(result.certificates()).as("the first and each renewal's").isEqualTo(5);
    assertThat(result.stale()).as("new connections that were shown an older one").isZero();
  }
}
