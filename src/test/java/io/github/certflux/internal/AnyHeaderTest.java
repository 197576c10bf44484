package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Whatever a server writes into a header is read or passed over, and never an exception. Headers
 * are pieces of the grammar in any order, drawn from seeds.
 */
class AnyHeaderTest {
  private static final int INPUTS = 20_000;
  private static final String[] LINK = {
    "<",
    ">",
    "https://a.example/1",
    ";",
    "rel",
    "=",
    "\"",
    "alternate",
    " ",
    ",",
    "\\",
    "\t",
    "é",
    ""
  };
  private static final String[] RETRY = {
    "1", "99999999999", "-", "Wed, 21 Oct 2026 07:28:00 GMT", " ", "GMT", ":", "+", "\u0663", "1e9"
  };

  private static String pieces(String[] grammar, SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(16); i > 0; i--) {
      text.append(grammar[random.nextInt(grammar.length)]);
    }
    return text.toString();
  }

  @Test
  void aLinkHeader() {
    for (int seed = 0; seed < INPUTS; seed++) {
      String header = pieces(LINK, new SplittableRandom(seed));
      for (String target : new Links(List.of(header)).targets("alternate")) {
        assertThat(header).as("seed %d", seed).contains(target);
      }
    }
  }

  @Test
  void aRetryAfterHeader() {
    for (int seed = 0; seed < INPUTS; seed++) {
      String value = pieces(RETRY, new SplittableRandom(seed));
      AcmeResponse answer =
          new AcmeResponse(503, null, null, value, null, null, List.of(), new byte[0]);
      RetryAfter.of(answer, Instant.EPOCH)
          .ifPresent(wait -> assertThat(wait).isBetween(Duration.ZERO, Duration.ofDays(366)));
    }
  }
}
