package io.github.certflux.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When certificates are renewed, as a table. */
class RenewalTimesTest {
  private static final Instant FROM = Instant.parse("2026-03-01T00:00:00Z");

  private static Validity of(Duration lifetime) {
    return new Validity(FROM, FROM.plus(lifetime));
  }

  private static Duration after(Instant time) {
    return Duration.between(FROM, time);
  }

  @ParameterizedTest
  @CsvSource({
    // lifetime, usual window, latest, soonest, told to end
    "PT60S,  PT30S,   PT33S,      PT51S,     PT3S,    PT50S",
    "PT144H, PT72H,   PT79H12M,   PT122H24M, PT7H12M, PT120H",
    "P10D,   PT160H,  PT172H,     PT204H,    PT12H,   PT200H",
    "P45D,   P30D,    PT774H,     PT918H,    P1D,     PT900H",
    "P90D,   P60D,    PT1548H,    PT1836H,   P1D,     P75D",
    "P398D,  PT6368H, PT6845H36M, PT8119H12M, P1D,    PT7960H"
  })
  void theLifetimeDecides(
      Duration lifetime,
      Duration start,
      Duration end,
      Duration latest,
      Duration soonest,
      Duration soon) {
    Validity validity = of(lifetime);

    assertThat(after(RenewalTimes.usual(validity).start())).isCloseTo(start, Duration.ofSeconds(1));
    assertThat(after(RenewalTimes.usual(validity).end())).isCloseTo(end, Duration.ofSeconds(1));
    assertThat(after(RenewalTimes.latest(validity))).isCloseTo(latest, Duration.ofSeconds(1));
    assertThat(after(RenewalTimes.soonest(validity))).isCloseTo(soonest, Duration.ofSeconds(1));
    assertThat(after(RenewalTimes.endsSoon(validity))).isCloseTo(soon, Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @CsvSource({
    // suggested, used: of a certificate of 45 days
    "P28D,  P29D,    P28D,  P29D", // as suggested
    "P30D,  P44D,    P30D,  PT918H", // not in the last 15 %
    "P40D,  P41D,    P30D,  PT774H", // too late altogether: the usual one
    "P36500D, P36501D, P30D, PT774H",
    "-P10D, -P9D,    P1D,   P1D", // past: at once, but not in the first day
    "PT1H,  PT2H,    P1D,   P1D",
    "PT1H,  P2D,     P1D,   P2D"
  })
  void whatTheCaSuggestsIsFollowedWithinReason(
      Duration start, Duration end, Duration usedStart, Duration usedEnd) {
    Window used =
        RenewalTimes.usable(new Window(FROM.plus(start), FROM.plus(end)), of(Duration.ofDays(45)));

    assertThat(after(used.start())).isCloseTo(usedStart, Duration.ofSeconds(1));
    assertThat(after(used.end())).isCloseTo(usedEnd, Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @CsvSource({
    // failures, lifetime, wait
    "1, P45D, PT1M",
    "2, P45D, PT10M",
    "3, P45D, PT100M",
    "4, P45D, P1D",
    "9, P45D, P1D",
    "3, P6D,  PT100M",
    "4, P6D,  PT7H12M",
    "1, PT60S, PT3S",
    "5, PT60S, PT3S",
    "1, PT1S, PT1S"
  })
  void theWaitAfterFailuresGrowsAndIsNeverMoreThanATwentiethOfTheLifetime(
      int failures, Duration lifetime, Duration wait) {
    assertThat(Backoff.after(failures, lifetime)).isEqualTo(wait);
  }

  @Test
  void aCrowdIsSpreadOverTheHoursBefore() {
    Calendar calendar = new Calendar();
    Random random = new Random(1);
    Validity validity = of(Duration.ofDays(45));
    Planner planner = new Planner(calendar, random);
    int[] hours = new int[24 * 45];
    for (int i = 0; i < 10_000; i++) {
      Instant at = planner.usual(validity, FROM, FROM).renewAt();
      calendar.add(at);
      hours[(int) after(at).toHours()]++;
      assertThat(after(at)).isBetween(Duration.ofHours(323), Duration.ofHours(775));
    }

    assertThat(java.util.Arrays.stream(hours).max().orElseThrow()).isLessThanOrEqualTo(27);
  }

  @Test
  void aFewKeepTheTimeThatWasDrawn() {
    Calendar calendar = new Calendar();
    Planner planner = new Planner(calendar, new Random(1));
    for (int i = 0; i < 100; i++) {
      Instant at = planner.usual(of(Duration.ofDays(45)), FROM, FROM).renewAt();
      calendar.add(at);
      assertThat(after(at)).isBetween(Duration.ofHours(715), Duration.ofHours(775));
    }
  }
}
