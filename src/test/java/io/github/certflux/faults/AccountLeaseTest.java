package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.ForwardingLease;
import io.github.certflux.store.ForwardingStore;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreException;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A rollover that takes longer than a third of its lease's term, on a store with troubles. */
class AccountLeaseTest {
  private static final Duration SHORT = Duration.ofMinutes(1);

  private final VirtualWorld world = new VirtualWorld(9, ca -> ca.fronts(1));

  /** From when until when renewals fail, in milliseconds. */
  private final long[] away = {0, 0};

  private final AcmeStore store =
      new ForwardingStore(world.store) {
        @Override
        public Mono<Lease> acquire(String path, Duration term) {
          return store.acquire(path, term).map(AccountLeaseTest.this::troubled);
        }

        @Override
        public Mono<Lease> tryAcquire(String path, Duration term) {
          return store.tryAcquire(path, term).map(AccountLeaseTest.this::troubled);
        }
      };

  private Lease troubled(Lease taken) {
    return new ForwardingLease(taken) {
      @Override
      public Mono<Void> renew() {
        return Mono.defer(
            () ->
                world.millis() >= away[0] && world.millis() < away[1]
                    ? Mono.error(new StoreException(path(), "restarting", null))
                    : lease.renew());
      }
    };
  }

  private AcmeAccount account() {
    return Objects.requireNonNull(
        world.await(
            world
                .client()
                .store(store)
                .leaseTerm(Duration.ofSeconds(15))
                .build()
                .account(AccountRequest.create().agreeToTerms()),
            SHORT));
  }

  private void awayFor(Duration time) {
    away[0] = world.millis();
    away[1] = world.millis() + time.toMillis();
  }

  @Test
  void aStoreThatIsAwayForAMomentDoesNotEndIt() {
    AcmeAccount account = account();
    world.ca.faults().on(Endpoint.KEY_CHANGE).then(Fault.delay(Duration.ofSeconds(20)));
    awayFor(Duration.ofSeconds(8));

    assertThat(world.await(account.rollOver(KeyType.EC_P384), SHORT)).isNotNull();

    world.assertKeyIsStored();
  }

  @Test
  void aStoreThatIsAwayUntilTheLeaseMayBeAnothersEndsIt() {
    AcmeAccount account = account();
    world.ca.faults().on(Endpoint.KEY_CHANGE).then(Fault.delay(Duration.ofSeconds(20)));
    awayFor(Duration.ofMinutes(1));
    long begin = world.millis();

    assertThat(world.failure(account.rollOver(KeyType.EC_P384), SHORT))
        .isInstanceOf(StoreException.class);

    assertThat(Duration.ofMillis(world.millis() - begin)).isLessThan(Duration.ofSeconds(15));
  }
}
