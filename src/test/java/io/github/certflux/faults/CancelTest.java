package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.CsrSource;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.Lease;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import io.github.certflux.testca.FaultRule;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** Cancelled at any moment, an operation leaves nothing behind. */
class CancelTest {
  private static final Duration SHORT = Duration.ofSeconds(20);

  /** What is cancelled. */
  private enum Operation {
    ACCOUNT(false) {
      @Override
      Mono<?> begin(AcmeClient client, AcmeAccount account) {
        return client.account(AccountRequest.create().withName("other").agreeToTerms());
      }
    },
    FIRST_ACCOUNT(true) {
      @Override
      Mono<?> begin(AcmeClient client, AcmeAccount account) {
        return client.account(AccountRequest.create().agreeToTerms());
      }
    },
    DETAILS(false) {
      @Override
      Mono<?> begin(AcmeClient client, AcmeAccount account) {
        return account.details();
      }
    },
    ISSUE(false) {
      @Override
      Mono<?> begin(AcmeClient client, AcmeAccount account) {
        return account.issue(OrderRequest.of("a.example.org", "b.example.org"));
      }
    },
    AUTHORIZE(false) {
      @Override
      Mono<?> begin(AcmeClient client, AcmeAccount account) {
        return account
            .order(OrderRequest.of("a.example.org"))
            .flatMap(order -> order.authorize())
            .flatMap(order -> order.finalizeWith(CsrSource.newKey(KeyType.EC_P256)));
      }
    },
    ROLL_OVER(false) {
      @Override
      Mono<?> begin(AcmeClient client, AcmeAccount account) {
        return account.rollOver(KeyType.EC_P256);
      }
    };

    final boolean onNewClient;

    Operation(boolean onNewClient) {
      this.onNewClient = onNewClient;
    }

    abstract Mono<?> begin(AcmeClient client, AcmeAccount account);
  }

  /** Counts what is told, and cancels at one of them. */
  private static final class Cutter extends Listener {
    private final int at;
    private Disposable cut = () -> {};
    private boolean armed;
    private boolean hit;
    private int count;

    Cutter(int at) {
      this.at = at;
    }

    void arm() {
      armed = true;
    }

    void cuts(Disposable subscription) {
      cut = subscription;
      if (hit) {
        cut.dispose();
      }
    }

    @Override
    void told() {
      if (armed && ++count == at) {
        hit = true;
        cut.dispose();
      }
    }
  }

  /** Everything that an observer is told of. */
  private abstract static class Listener implements AcmeObserver {
    abstract void told();

    @Override
    public void tried(Try event) {
      told();
    }

    @Override
    public void ended(Ended event) {
      told();
    }

    @Override
    public void windowOpened(Window event) {
      told();
    }
  }

  @TestFactory
  Stream<DynamicContainer> atEachEvent() {
    return Stream.of(Operation.values())
        .map(
            operation ->
                DynamicContainer.dynamicContainer(
                    operation.name(),
                    IntStream.rangeClosed(1, events(operation))
                        .mapToObj(
                            n ->
                                DynamicTest.dynamicTest(
                                    "event " + n, () -> cancel(operation, n, Duration.ZERO)))));
  }

  @TestFactory
  Stream<DynamicContainer> atEachMoment() {
    return Stream.of(Operation.values())
        .map(
            operation ->
                DynamicContainer.dynamicContainer(
                    operation.name(),
                    IntStream.rangeClosed(0, moments(operation))
                        .mapToObj(
                            n ->
                                DynamicTest.dynamicTest(
                                    n * 4 + " ms",
                                    () -> cancel(operation, 0, Duration.ofMillis(n * 4L))))));
  }

  /** Nobody is left to be told of the failure, so nobody but the client will try again. */
  @Test
  void aRolloverThatFailsAfterItsSubscriberLeftIsRepaired() {
    VirtualWorld world = world();
    AcmeClient client = world.client().build();
    AcmeAccount account = account(world, client);
    FaultRule down =
        world.ca.faults().on(Endpoint.KEY_CHANGE).always().then(Fault.serverInternal());
    Disposable rollover = account.rollOver(KeyType.EC_P256).subscribe();
    world.pass(Duration.ofMillis(200));
    assertThat(world.account().path("pendingKey").isMissingNode()).isFalse();

    rollover.dispose();
    world.pass(Duration.ofMinutes(2)); // it gives up
    down.remove();
    world.pass(SHORT);

    world.assertKeyIsStored();
    world.close(client);
  }

  private static VirtualWorld world() {
    return new VirtualWorld(
        7, ca -> ca.fronts(2).latency(Duration.ofMillis(5)).retryAfter(Duration.ZERO));
  }

  private static AcmeAccount account(VirtualWorld world, AcmeClient client) {
    return Objects.requireNonNull(
        world.await(client.account(AccountRequest.create().agreeToTerms()), SHORT));
  }

  /** How many events an operation that is not cancelled has. */
  private static int events(Operation operation) {
    return whole(operation).count;
  }

  private static int moments(Operation operation) {
    VirtualWorld world = world();
    AcmeClient client = world.client().maxInFlight(1).build();
    AcmeAccount account = operation.onNewClient ? null : account(world, client);
    long before = world.millis();
    world.await(operation.begin(client, account), SHORT);
    return (int) (world.millis() - before) / 4 + 2;
  }

  private static Cutter whole(Operation operation) {
    VirtualWorld world = world();
    Cutter cutter = new Cutter(-1);
    AcmeClient client = world.client().maxInFlight(1).observer(cutter).build();
    AcmeAccount account = operation.onNewClient ? null : account(world, client);
    cutter.arm();
    world.await(operation.begin(client, account), SHORT);
    return cutter;
  }

  private static void cancel(Operation operation, int event, Duration after) {
    VirtualWorld world = world();
    Cutter cutter = new Cutter(event);
    AcmeClient client = world.client().maxInFlight(1).observer(cutter).build();
    AcmeAccount before = operation.onNewClient ? null : account(world, client);
    cutter.arm();
    Disposable subscription = operation.begin(client, before).subscribe();
    cutter.cuts(subscription);
    world.pass(after);
    if (event == 0) {
      subscription.dispose();
    }
    world.pass(Duration.ofSeconds(3));

    assertThat(world.proofs.isClean()).as("the solver is clean").isTrue();
    assertLeasesFree(world);
    assertNothingLost(world, client);
    world.assertKeyIsStored();
    world.close(client);
    assertThat(world.ca.truth().accounts()).hasSizeLessThanOrEqualTo(2);
    assertThat(world.ca.truth().spoiltOrders()).isEmpty();
    assertAnotherClientGoesOn(world);
  }

  private static void assertLeasesFree(VirtualWorld world) {
    Lease lease =
        world.await(
            world.store.tryAcquire(VirtualWorld.ACCOUNT, Duration.ofSeconds(30)),
            Duration.ofSeconds(1));
    assertThat(lease).as("the account's lease is free").isNotNull();
    world.await(lease.release(), Duration.ofSeconds(1));
  }

  /** The one place on the wire is free, and so are the nonces that answers brought. */
  private static void assertNothingLost(VirtualWorld world, AcmeClient client) {
    long fetched = world.ca.requests().count(Endpoint.NEW_NONCE);
    AcmeAccount account = account(world, client);
    assertThat(world.await(account.details(), SHORT)).isNotNull();
    if (fetched > 0) {
      assertThat(world.ca.requests().count(Endpoint.NEW_NONCE)).isEqualTo(fetched);
    }
  }

  private static void assertAnotherClientGoesOn(VirtualWorld world) {
    AcmeClient client = world.client().build();
    AcmeAccount account = account(world, client);
    assertThat(world.await(account.rollOver(KeyType.EC_P256), Duration.ofSeconds(2))).isNotNull();
    assertThat(world.await(account.issue(OrderRequest.of("a.example.org", "b.example.org")), SHORT))
        .isNotNull();
    assertThat(world.proofs.isClean()).isTrue();
    world.close(client);
    world.assertKeyIsStored();
    assertThat(world.stored(VirtualWorld.ACCOUNT + "/orders")).isEmpty();
  }

  /** A solver whose steps never end can be cancelled at each of them. */
  @TestFactory
  Stream<DynamicTest> whileASolverWorks() {
    return Stream.of("present", "ready", "cleanUp")
        .map(
            stuck ->
                DynamicTest.dynamicTest(
                    stuck,
                    () -> {
                      VirtualWorld world = world();
                      SlowProofs slow = new SlowProofs(world, stuck);
                      AcmeClient client = world.client().build();
                      AcmeAccount account = account(world, client).with(slow);
                      Disposable issue =
                          account.issue(OrderRequest.of("a.example.org")).subscribe();
                      world.pass(Duration.ofSeconds(2));
                      assertThat(slow.begun).as("it hangs in %s", stuck).isTrue();
                      issue.dispose();
                      world.pass(Duration.ofSeconds(6));

                      assertThat(slow.isClean()).isTrue();
                      assertThat(slow.cleanedUp).hasValue(1);
                      assertLeasesFree(world);
                      world.close(client);
                    }));
  }

  /** Takes five seconds in one of its steps. */
  private static final class SlowProofs extends StandingProofs {
    private final VirtualWorld world;
    private final String slow;
    private boolean begun;

    SlowProofs(VirtualWorld world, String slow) {
      this.world = world;
      this.slow = slow;
    }

    private Mono<Void> then(String step, Mono<Void> work) {
      return Mono.defer(
          () -> {
            if (!step.equals(slow)) {
              return work;
            }
            begun = true;
            return Mono.delay(Duration.ofSeconds(5), world.time).then(work);
          });
    }

    @Override
    public Mono<Void> present(SolverRequest request) {
      return then("present", super.present(request));
    }

    @Override
    public Mono<Void> ready(SolverRequest request) {
      return then("ready", Mono.empty());
    }

    @Override
    public Mono<Void> cleanUp(SolverRequest request) {
      return then("cleanUp", super.cleanUp(request));
    }
  }
}
