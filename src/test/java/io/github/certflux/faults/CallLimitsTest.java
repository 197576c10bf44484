package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeOrder;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.protocol.AcmeTimeoutException;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Limits of single calls, shorter and longer than the client's; virtual time. */
class CallLimitsTest {
  private static final Duration LONG = Duration.ofMinutes(20);

  private final VirtualWorld world = new VirtualWorld(19, ca -> ca.fronts(1));
  private final AcmeClient client = world.client().build();
  private final AcmeAccount account = await(client.account(AccountRequest.create().agreeToTerms()));
  private final RetryLimits limits = RetryLimits.defaults();

  @Test
  void aCallMayHaveLessTimeThanTheOthers() {
    world.ca.faults().on(Endpoint.ACCOUNT).always().then(Fault.delay(Duration.ofSeconds(5)));
    AcmeAccount hasty = account.with(limits.withOperationTime(Duration.ofSeconds(2)));
    long began = world.millis();

    Throwable error = world.failure(hasty.details(), LONG);

    assertThat(error)
        .isInstanceOfSatisfying(
            AcmeTimeoutException.class,
            late -> assertThat(late.limit()).isEqualTo(Duration.ofSeconds(2)));
    assertThat(world.millis() - began).isBetween(2_000L, 2_010L);
    assertThat(await(account.details()).url()).isEqualTo(account.url());
  }

  @Test
  void aCallMayHaveMoreTimeThanTheOthers() {
    world.ca.faults().on(Endpoint.ACCOUNT).always().then(Fault.delay(Duration.ofSeconds(90)));
    AcmeAccount patient = account.with(limits.withOperationTime(Duration.ofMinutes(2)));

    assertThat(world.failure(account.details(), LONG)).isInstanceOf(AcmeTimeoutException.class);
    assertThat(await(patient.details()).url()).isEqualTo(account.url());
  }

  @Test
  void anIssueMayHaveLessTimeThanTheOthers() {
    VirtualWorld slow =
        new VirtualWorld(19, ca -> ca.fronts(1).validationDelay(Duration.ofHours(1)));
    AcmeAccount hasty =
        Objects.requireNonNull(
                slow.await(
                    slow.client().build().account(AccountRequest.create().agreeToTerms()), LONG))
            .with(limits.withIssueTime(Duration.ofSeconds(30)));
    long began = slow.millis();

    Throwable error = slow.failure(hasty.issue(OrderRequest.of("a.example.org")), LONG);

    assertThat(error)
        .isInstanceOfSatisfying(
            AcmeTimeoutException.class,
            late -> assertThat(late.limit()).isEqualTo(Duration.ofSeconds(30)));
    assertThat(slow.millis() - began).isBetween(30_000L, 30_010L);
    assertThat(slow.proofs.isClean()).isTrue();
  }

  @Test
  void ordersHaveTheLimitsOfTheAccountThatOrdered() {
    AcmeAccount hasty = account.with(limits.withTries(1));
    AcmeOrder order = await(hasty.order(OrderRequest.of("a.example.org")));
    world.ca.faults().on(Endpoint.ORDER).then(Fault.loseAnswer());

    Throwable error = world.failure(order.refresh(), LONG);

    assertThat(((AcmeException) error).attempts()).isEqualTo(1);
    assertThat(((AcmeException) error).outcomeUnknown()).isTrue();
  }

  @Test
  void whoeverHasAPolicyOfTheirOwnPutsItAround() {
    AcmeAccount once = account.with(limits.withTries(1).withRateLimitBudget(Duration.ZERO));
    world.ca.faults().on(Endpoint.ACCOUNT).then(Fault.rateLimited(Duration.ofSeconds(7)));
    AtomicInteger tries = new AtomicInteger();
    long began = world.millis();

    Account shown =
        await(
            once.details()
                .doOnSubscribe(s -> tries.incrementAndGet())
                .retryWhen(Retry.max(5).filter(AcmeRateLimitException.class::isInstance)));

    assertThat(shown.url()).isEqualTo(account.url());
    assertThat(tries).hasValue(2);
    assertThat(world.millis() - began).as("not the 7 s").isLessThan(1_000);
  }

  @Test
  void aRolloverKeepsTheClientsLimits() {
    AcmeAccount hasty = account.with(limits.withRolloverWindow(Duration.ZERO).withTries(1));

    await(hasty.rollOver(KeyType.EC_P256));

    assertThat(world.stored(VirtualWorld.ACCOUNT + "/keys")).as("window open").hasSize(2);
    assertThat(await(hasty.details()).url()).isEqualTo(account.url());
    world.pass(Duration.ofMinutes(1));
    world.assertKeyIsStored();
  }

  private <T> T await(Mono<T> work) {
    return Objects.requireNonNull(world.await(work, LONG));
  }
}
