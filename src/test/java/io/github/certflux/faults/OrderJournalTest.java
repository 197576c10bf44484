package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.store.Condition;
import io.github.certflux.store.ForwardingLease;
import io.github.certflux.store.ForwardingStore;
import io.github.certflux.store.Lease;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.store.SimulatedProcess;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import io.github.certflux.testca.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Orders under way, on a store that fails: none is lost, and none is made twice. */
class OrderJournalTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final OrderRequest ORDER = OrderRequest.of("a.example.org");

  private final VirtualWorld world = new VirtualWorld(6, ca -> ca);
  private final MemoryStore memory = MemoryStore.create(world.time);
  private final Troubled store = new Troubled();
  private final AcmeAccount account = account(store);

  /** What may come before writes, which leases can't be asked for, and that none is renewed. */
  private final class Troubled extends ForwardingStore {
    Function<String, Mono<Void>> beforeWrite = path -> Mono.empty();
    Predicate<String> damaged = path -> false;
    boolean hangs;
    final List<String> asked = new ArrayList<>();

    Troubled() {
      super(SimulatedProcess.on(memory));
    }

    @Override
    public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
      return Mono.defer(() -> beforeWrite.apply(path)).then(super.write(path, content, condition));
    }

    @Override
    public Mono<Lease> tryAcquire(String path, Duration term) {
      return Mono.defer(
          () -> {
            asked.add(path);
            return damaged.test(path)
                ? Mono.error(new StoreException(path, "damaged", null))
                : super.tryAcquire(path, term).map(lease -> new Held(this, lease));
          });
    }
  }

  private static final class Held extends ForwardingLease {
    private final Troubled by;

    Held(Troubled by, Lease lease) {
      super(lease);
      this.by = by;
    }

    @Override
    public Mono<Void> renew() {
      return Mono.defer(() -> by.hangs ? Mono.never() : lease.renew());
    }
  }

  private AcmeAccount account(Troubled on) {
    AcmeClient client = world.client().store(on).build();
    return Objects.requireNonNull(
        world.await(client.account(AccountRequest.create().agreeToTerms()), LONG));
  }

  private List<String> journal() {
    return memory.list(VirtualWorld.ACCOUNT + "/orders").collectList().block();
  }

  private static boolean isOrder(String path) {
    return path.contains("/orders/");
  }

  @Test
  void aStoreThatIsAwayAfterTheOrderIsWaitedFor() {
    long[] back = {Long.MAX_VALUE};
    store.beforeWrite =
        path -> {
          if (!isOrder(path)) {
            return Mono.empty();
          }
          back[0] = Math.min(back[0], world.millis() + 20_000);
          return world.millis() < back[0]
              ? Mono.error(new StoreException(path, "restarting", null))
              : Mono.empty();
        };

    assertThat(world.await(account.issue(ORDER), LONG)).isNotNull();

    assertThat(world.millis()).isGreaterThanOrEqualTo(back[0]);
    assertThat(world.ca.requests().count(Endpoint.NEW_ORDER)).isEqualTo(1);
  }

  @Test
  void nothingIsOrderedThatCouldNotBeWritten() {
    store.damaged = path -> path.contains("/seats/");

    assertThat(world.failure(account.issue(ORDER), LONG)).isInstanceOf(StoreException.class);

    assertThat(world.ca.requests().count(Endpoint.NEW_ORDER)).isZero();
    assertThat(store.asked).as("a store that fails is not asked for each").hasSizeLessThan(6);
  }

  @Test
  void aSeatWhoseLeaseIsDamagedIsPassedOver() {
    store.damaged = path -> path.endsWith("/seats/0") || path.endsWith("/seats/1");

    assertThat(world.await(account.issue(ORDER), LONG)).isNotNull();
  }

  @Test
  void anOrderWhoseOwnersLeaseIsDamagedIsTakenUp() {
    world.await(account.issueEvents(ORDER).next(), LONG);
    Troubled other = new Troubled();
    other.damaged = path -> path.endsWith("/seats/0");

    assertThat(world.await(account(other).issue(ORDER), LONG)).isNotNull();

    assertThat(world.ca.truth().orders()).hasSize(1);
  }

  /** A process that hung while another one took its seat, and began the same. */
  @Test
  void aLateWriteDoesNotHideTheOrderOfWhoWentOn() {
    store.beforeWrite =
        path -> isOrder(path) ? world.after(Duration.ofSeconds(90)).then() : Mono.empty();
    account.issue(ORDER).subscribe();
    world.pass(Duration.ofSeconds(2));
    store.hangs = true;
    world.pass(Duration.ofSeconds(60));
    Troubled next = new Troubled();
    String theirs =
        Objects.requireNonNull(world.await(account(next).issueEvents(ORDER).next(), LONG))
            .order()
            .url()
            .toString();
    world.pass(Duration.ofSeconds(60));

    assertThat(memory.read(journal().get(0)).block().text()).contains(theirs);
  }

  @Test
  void anOrderIsInTheStoreUntilItsCertificateIsKept() {
    List<Certificate> seen = new ArrayList<>();
    Throwable error =
        world.failure(
            account.issue(
                ORDER,
                certificate -> {
                  seen.add(certificate);
                  return Mono.error(new IllegalStateException("disk full"));
                }),
            LONG);
    assertThat(error).hasMessage("disk full");
    assertThat(journal()).hasSize(1);

    String kept =
        world.await(
            account.issue(
                ORDER,
                certificate -> {
                  seen.add(certificate);
                  return Mono.just("kept, with the order in " + journal().size() + " record");
                }),
            LONG);

    assertThat(kept).isEqualTo("kept, with the order in 1 record");
    assertThat(seen.get(1).chain()).isEqualTo(seen.get(0).chain());
    assertThat(seen.get(1).keyPem()).isEqualTo(seen.get(0).keyPem());
    assertThat(world.ca.truth().orders()).hasSize(1);
    assertThat(journal()).isEmpty();
  }
}
