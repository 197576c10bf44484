package io.github.certflux.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whose turn it is, as a table. */
class TriesTest {
  private static final URI A = URI.create("https://a.example/");
  private static final URI B = URI.create("https://b.example/");
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

  private static Tries failed(int times, Duration next) {
    return new Tries(times, NOW.plus(next), false, "no");
  }

  private static final Tries PAUSED = new Tries(1, NOW, true, "paused");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** The CA, with a + if it is asked now; null if a person must act. */
  private static @Nullable String turn(Map<URI, Tries> tries, boolean pressing) {
    return Tries.turn(List.of(A, B), tries, pressing, NOW)
        .map(turn -> (turn.ca().equals(A) ? "a" : "b") + (turn.at().isAfter(NOW) ? "" : "+"))
        .orElse(null);
  }

  @Test
  void theFirstCaIsAskedFirst() {
    assertThat(turn(Map.of(), false)).isEqualTo("a+");
    assertThat(turn(Map.of(A, failed(1, Duration.ZERO)), false)).isEqualTo("a+");
    assertThat(turn(Map.of(B, failed(3, MINUTE)), false)).isEqualTo("a+");
  }

  @Test
  void aHiccupIsWaitedFor() {
    assertThat(turn(Map.of(A, failed(1, MINUTE)), false)).isEqualTo("a");
    assertThat(turn(Map.of(A, failed(2, MINUTE)), false)).isEqualTo("a");
  }

  @Test
  void theNextHasItsTurnAfterThreeFailuresALongWaitAPauseOrWhereItIsPressing() {
    assertThat(turn(Map.of(A, failed(3, MINUTE)), false)).isEqualTo("b+");
    assertThat(turn(Map.of(A, failed(1, Duration.ofHours(3))), false)).isEqualTo("b+");
    assertThat(turn(Map.of(A, PAUSED), false)).isEqualTo("b+");
    assertThat(turn(Map.of(A, failed(1, MINUTE)), true)).isEqualTo("b+");
  }

  @Test
  void theFirstThatMayBeAskedIsWaitedFor() {
    assertThat(turn(Map.of(A, failed(3, MINUTE.multipliedBy(2)), B, failed(3, MINUTE)), false))
        .isEqualTo("b");
    assertThat(turn(Map.of(A, failed(3, MINUTE), B, PAUSED), false)).isEqualTo("a");
    assertThat(turn(Map.of(A, PAUSED, B, PAUSED), true)).isNull();
  }

  @Test
  void aTimeThatOnlyAWrongClockCanHaveWrittenIsNotWaitedFor() {
    CertificateRecord record =
        CertificateRecord.empty(List.of("a.example"))
            .withTries(A, failed(1, Duration.ofDays(400)))
            .withTries(B, PAUSED);

    assertThat(record.believable(NOW).tries()).containsOnlyKeys(B);
    assertThat(turn(record.believable(NOW).tries(), false)).isEqualTo("a+");
  }

  @Test
  void newOrdersAreSpreadSoThatNoStretchSeesMoreThanTheLimit() {
    NewOrders orders = new NewOrders(300, 30, Duration.ofHours(3));
    Instant[] times = new Instant[2000];
    for (int i = 0; i < times.length; i++) {
      times[i] = orders.take(NOW);
    }

    assertThat(times[29]).isEqualTo(NOW);
    for (int i = 300; i < times.length; i++) {
      assertThat(Duration.between(times[i - 300], times[i]))
          .isGreaterThanOrEqualTo(Duration.ofHours(3).minusSeconds(73));
    }
    assertThat(orders.tryTake(NOW)).isFalse();
  }
}
