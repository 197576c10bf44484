package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeOrder;
import io.github.certflux.Certificate;
import io.github.certflux.CsrSource;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.Status;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** Read replicas that are late to show what was done; on virtual time. */
class LaggingReplicasTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final int ROLLOVERS = 12;

  /**
   * Back to back, each read to the next replica: a client that asks in step meets the late ones
   * alone.
   */
  @ParameterizedTest(name = "seconds late: {0}")
  @ValueSource(strings = {"0 2 0.5", "2 0 2 2"})
  void aRolloverNeedsFewQuestionsThoughReplicasTakeTurns(String late) {
    Duration[] lags =
        Stream.of(late.split(" "))
            .map(seconds -> Duration.ofMillis((long) (1000 * Double.parseDouble(seconds))))
            .toArray(Duration[]::new);
    VirtualWorld world = new VirtualWorld(1, ca -> ca.lags(lags).rememberRequests(0));
    AcmeClient client = world.client().build();
    AcmeAccount account =
        Objects.requireNonNull(
            world.await(client.account(AccountRequest.create().agreeToTerms()), LONG));
    world.pass(Duration.ofSeconds(10));
    world.ca.requests().clear();

    world.await(
        Flux.range(0, ROLLOVERS)
            .concatMap(each -> account.rollOver(KeyType.EC_P256).then(account.details()))
            .then(),
        LONG);

    assertThat(world.ca.requests().count(Endpoint.NEW_ACCOUNT))
        .as("questions whose key it is")
        .isBetween((long) ROLLOVERS, 6L * ROLLOVERS);
    assertThat(world.ca.requests().count(Endpoint.KEY_CHANGE))
        .as("key-changes, those sent again included")
        .isBetween((long) ROLLOVERS, 10L * ROLLOVERS);
    world.assertKeyIsStored();
    world.close(client);
  }

  /** Of a crash, say: whoever takes the order up has its URL and its key, but no journal. */
  @Test
  void anOrderThatWasFinalizedJustBeforeIsNotFinalizedAgain() {
    VirtualWorld world = new VirtualWorld(1, ca -> ca.lags(Duration.ofSeconds(2)));
    AcmeClient before = world.client().build();
    CsrSource key = CsrSource.key(VirtualWorld.newKey(KeyType.EC_P256));
    AcmeOrder order =
        Objects.requireNonNull(
            world.await(
                before
                    .account(AccountRequest.create().agreeToTerms())
                    .flatMap(account -> account.order(OrderRequest.of("example.org")))
                    .flatMap(AcmeOrder::authorize),
                LONG));
    AtomicReference<Certificate> first = new AtomicReference<>();
    order.finalizeWith(key).subscribe(first::set);
    world.pass(Duration.ofMillis(200));

    AcmeClient after = world.client().build();
    AcmeOrder found =
        Objects.requireNonNull(
            world.await(after.findAccount().flatMap(account -> account.order(order.url())), LONG));
    assertThat(found.state().status()).isEqualTo(Status.READY);
    Certificate second = Objects.requireNonNull(world.await(found.finalizeWith(key), LONG));
    world.pass(Duration.ofSeconds(10));

    assertThat(first.get()).isNotNull();
    assertThat(second.chain()).isEqualTo(first.get().chain());
    assertThat(world.ca.truth().spoiltOrders()).isEmpty();
    world.close(before);
    world.close(after);
  }

  /** It waits for a rate limit, is done, its answer is lost, and a replica shows it ready. */
  @Test
  void aFinalizeThatWaitedLongForItsTurnIsNotSentAgainTooEarly() {
    VirtualWorld world = new VirtualWorld(1, ca -> ca.lags(Duration.ofSeconds(2)));
    world.ca.faults().on(Endpoint.FINALIZE).then(Fault.rateLimited(Duration.ofSeconds(15)));
    world.ca.faults().on(Endpoint.FINALIZE).nth(2).then(Fault.loseAnswer());

    assertIssuedWithFinalizes(2, world);
  }

  @Test
  void aFinalizeThatABusyGatewayPassedOnIsNotSentAgain() {
    VirtualWorld world = new VirtualWorld(1, ca -> ca.lags(Duration.ofSeconds(2)));
    Fault busy = Fault.gatewayUnavailable(Duration.ofSeconds(1));
    world.ca.faults().on(Endpoint.FINALIZE).then(busy.afterProcessing());

    assertIssuedWithFinalizes(1, world);
  }

  @Test
  void aFinalizeThatABusyServerRefusedIsSentAgain() {
    VirtualWorld world = new VirtualWorld(1, ca -> ca.lags(Duration.ofSeconds(2)));
    world.ca.faults().on(Endpoint.FINALIZE).times(2).then(Fault.unavailable(Duration.ZERO));

    assertIssuedWithFinalizes(3, world);
  }

  private static void assertIssuedWithFinalizes(int finalizes, VirtualWorld world) {
    AcmeClient client = world.client().build();

    Certificate certificate =
        world.await(
            client
                .account(AccountRequest.create().agreeToTerms())
                .flatMap(account -> account.issue(OrderRequest.of("example.org"))),
            LONG);

    assertThat(certificate).isNotNull();
    assertThat(world.ca.requests().count(Endpoint.FINALIZE)).isEqualTo(finalizes);
    assertThat(world.ca.truth().spoiltOrders()).isEmpty();
    assertThat(world.ca.truth().orders()).hasSize(1);
    world.close(client);
  }
}
