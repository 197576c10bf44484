package io.github.certflux.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RenewalInfoTest {
  private static final Instant START = Instant.parse("2025-01-02T04:00:00Z");
  private static final Instant END = Instant.parse("2025-01-03T04:00:00Z");

  @ParameterizedTest
  @CsvSource({
    ", PT6H",
    "PT0S, PT1M",
    "PT59S, PT1M",
    "PT1M, PT1M",
    "PT6H, PT6H",
    "PT24H, PT24H",
    "PT24H1S, PT24H",
    "P366D, PT24H"
  })
  void theNextLookIsAMinuteToADayAway(Duration retryAfter, Duration expected) {
    RenewalInfo info =
        RenewalInfo.of(START, END, Optional.empty(), Optional.ofNullable(retryAfter));

    assertThat(info.checkAgain()).isEqualTo(expected);
  }

  @Test
  void renewalTimesAreSpreadEvenlyOverTheWindow() {
    RenewalInfo info = RenewalInfo.of(START, END, Optional.empty(), Optional.empty());
    Random random = new Random(20261125);
    int[] hours = new int[24];
    for (int i = 0; i < 24_000; i++) {
      Instant time = info.renewalTime(random);
      assertThat(time).isBetween(START, END.minusMillis(1));
      hours[(int) Duration.between(START, time).toHours()]++;
    }
    assertThat(Arrays.stream(hours)).allMatch(count -> count > 850 && count < 1150);
  }

  @Test
  void theSameChanceGivesTheSameTime() {
    RenewalInfo info = RenewalInfo.of(START, END, Optional.empty(), Optional.empty());

    assertThat(info.renewalTime(new Random(3))).isEqualTo(info.renewalTime(new Random(3)));
    RenewalInfo instant =
        RenewalInfo.of(START, START.plusNanos(1), Optional.empty(), Optional.empty());
    assertThat(instant.renewalTime(new Random(3))).isEqualTo(START);
  }

  @Test
  void aWindowEndsAfterItsStart() {
    assertThatThrownBy(() -> RenewalInfo.of(START, START, Optional.empty(), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
