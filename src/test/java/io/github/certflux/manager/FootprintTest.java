package io.github.certflux.manager;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A short form of what {@code .ci/soak manager} measures with ten thousand names. */
class FootprintTest {

  @Test
  void aNameCostsFewKilobytesBeyondItsCertificateAndKey() {
    assertThat(Footprint.bytesPerName(2_000)).isBetween(200L, 8L * 1024);
  }
}
