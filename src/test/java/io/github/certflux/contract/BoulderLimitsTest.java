package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.failure;
import static io.github.certflux.contract.ServerUnderTest.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeAccount;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.AcmePausedException;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.store.MemoryStore;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Boulder's own rate limiter. */
class BoulderLimitsTest extends ServerTest {
  private static final OrderRequest ORDER = OrderRequest.of(name("limited"));
  private static BoulderServer server;

  @BeforeAll
  static void start() {
    server = BoulderServer.limited();
  }

  @Override
  public AcmeServer server() {
    return server;
  }

  @Override
  public Duration leastRetryAfter() {
    return BoulderServer.RETRY_AFTER;
  }

  @Override
  public String refusedName() {
    return "certflux.example";
  }

  private static void useUp(AcmeAccount account) {
    await(account.order(ORDER));
    await(account.order(ORDER));
  }

  @Test
  void aLimitThatTheUserDoesNotWaitForIsToldWithTheTimeAndTheRules() {
    Node node =
        open(MemoryStore.create(), RetryLimits.defaults().withRateLimitBudget(Duration.ZERO));
    AcmeAccount account = account(node);
    useUp(account);

    AcmeRateLimitException error = failure(AcmeRateLimitException.class, account.order(ORDER));

    assertThat(error).isNotInstanceOf(AcmePausedException.class);
    assertThat(error.status()).isEqualTo(429);
    assertThat(error.attempts()).isEqualTo(1);
    assertThat(error.retryAfter().orElseThrow())
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(4));
    assertThat(error.documentation())
        .contains(URI.create("https://letsencrypt.org/docs/rate-limits"));
  }

  @Test
  void aLimitWithinTheBudgetIsWaitedFor() {
    Node node = open();
    AcmeAccount account = account(node);
    useUp(account);

    assertThat(await(account.order(ORDER)).url()).isNotNull();

    assertThat(node.sleeps()).anyMatch(wait -> wait.compareTo(Duration.ofSeconds(1)) >= 0);
    assertThat(node.seen.operations())
        .last()
        .satisfies(ended -> assertThat(ended.attempts()).isBetween(2, 4));
  }
}
