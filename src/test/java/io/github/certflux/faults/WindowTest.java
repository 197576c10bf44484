package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.KeyRollover;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Exchange;
import io.github.certflux.testca.Fault;
import io.github.certflux.testca.FaultRule;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What happens at the end of a rollover's window. */
class WindowTest {

  @Test
  void aRequestSignedByTheReplacedKeyMayBeRefusedAfterTheWindow() {
    int refused = 0;
    for (int seed = 0; seed < 10; seed++) {
      VirtualWorld world =
          new VirtualWorld(seed, ca -> ca.fronts(1).cacheTtl(Duration.ofSeconds(10)));
      AcmeClient client = world.client().build();
      AcmeAccount account =
          Objects.requireNonNull(
              world.await(
                  client.account(AccountRequest.create().agreeToTerms()), Duration.ofSeconds(5)));
      KeyRollover rollover =
          Objects.requireNonNull(
              world.await(account.rollOver(KeyType.EC_P256), Duration.ofSeconds(5)));
      world.await(account.details(), Duration.ofSeconds(5));
      world.pass(Duration.ofSeconds(9));
      world.ca.requests().clear();
      world.ca.faults().on(Endpoint.ACCOUNT).then(Fault.delay(Duration.ofSeconds(3)));

      assertThat(world.await(account.details(), Duration.ofSeconds(10))).isNotNull();
      List<Exchange> reads = world.ca.requests().of(Endpoint.ACCOUNT);
      if (reads.size() > 1) {
        assertThat(reads.get(0).keyThumbprint()).isEqualTo(rollover.replaced());
        assertThat(reads.get(1).keyThumbprint()).isEqualTo(rollover.thumbprint());
        refused++;
      }
      world.close(client);
    }
    assertThat(refused).as("requests that the replaced key had signed").isPositive();
  }

  /**
   * An order that a rollover may have spoilt is ordered again, but not before the rollover ends.
   */
  @Test
  void anOrderWaitsForARolloverAlsoWhereThereIsNoWindow() {
    VirtualWorld world = new VirtualWorld(1, ca -> ca.fronts(1).cacheTtl(Duration.ZERO));
    RetryLimits limits =
        RetryLimits.defaults()
            .withRolloverWindow(Duration.ZERO)
            .withTries(1)
            .withOperationTime(Duration.ofSeconds(5));
    AcmeAccount account =
        Objects.requireNonNull(
            world.await(
                world
                    .client()
                    .limits(limits)
                    .build()
                    .account(AccountRequest.create().agreeToTerms()),
                Duration.ofSeconds(5)));
    FaultRule down =
        world.ca.faults().on(Endpoint.KEY_CHANGE).always().then(Fault.serverInternal());
    world.failure(account.rollOver(KeyType.EC_P256), Duration.ofSeconds(30));
    world.ca.faults().failValidations("a.example.org", CaProblem.of(400, "dns", "NXDOMAIN"));
    world.after(Duration.ofMinutes(1)).subscribe(passed -> down.remove());

    assertThat(
            world.failure(account.issue(OrderRequest.of("a.example.org")), Duration.ofMinutes(2)))
        .isInstanceOf(AcmeAuthorizationException.class);
    assertThat(world.ca.truth().orders()).as("the second one waited").hasSize(2);
    world.assertKeyIsStored();
  }
}
