package io.github.certflux.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** How far operations go, as it is set. */
class RetryLimitsTest {
  private static final Duration NONE = Duration.ZERO;
  private static final Duration NEGATIVE = Duration.ofMillis(-1);
  private static final RetryLimits LIMITS = RetryLimits.defaults();

  @Test
  void eachLimitIsKeptByThoseThatAreSetAfterIt() {
    RetryLimits forth =
        LIMITS
            .withOperationTime(Duration.ofSeconds(1))
            .withIssueTime(Duration.ofSeconds(2))
            .withRateLimitBudget(Duration.ofSeconds(3))
            .withRolloverWindow(Duration.ofSeconds(4))
            .withSignerTime(Duration.ofSeconds(5))
            .withTries(6)
            .withRolloverPolicy(RolloverPolicy.NEW_KEY_ONLY);
    RetryLimits back =
        LIMITS
            .withRolloverPolicy(RolloverPolicy.NEW_KEY_ONLY)
            .withTries(6)
            .withSignerTime(Duration.ofSeconds(5))
            .withRolloverWindow(Duration.ofSeconds(4))
            .withRateLimitBudget(Duration.ofSeconds(3))
            .withIssueTime(Duration.ofSeconds(2))
            .withOperationTime(Duration.ofSeconds(1));

    assertThat(List.of(forth, back))
        .allSatisfy(
            limits -> {
              assertThat(limits.operationTime()).hasSeconds(1);
              assertThat(limits.issueTime()).hasSeconds(2);
              assertThat(limits.rateLimitBudget()).hasSeconds(3);
              assertThat(limits.rolloverWindow()).hasSeconds(4);
              assertThat(limits.signerTime()).hasSeconds(5);
              assertThat(limits.tries()).isEqualTo(6);
              assertThat(limits.rolloverPolicy()).isEqualTo(RolloverPolicy.NEW_KEY_ONLY);
            });
  }

  @Test
  void whatIsNoLimitIsNamed() {
    assertNamed("operationTime", () -> LIMITS.withOperationTime(NONE));
    assertNamed("issueTime", () -> LIMITS.withIssueTime(NONE));
    assertNamed("signerTime", () -> LIMITS.withSignerTime(NONE));
    assertNamed("rateLimitBudget", () -> LIMITS.withRateLimitBudget(NEGATIVE));
    assertNamed("rolloverWindow", () -> LIMITS.withRolloverWindow(NEGATIVE));
    assertNamed("tries", () -> LIMITS.withTries(0));
  }

  private static void assertNamed(String limit, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(limit);
  }
}
