package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A store that fails at any of its calls leaves what the next start repairs. */
class StoreFailuresTest {
  private static final Duration LONG = Duration.ofMinutes(12);

  /** Fails at one call, or from it on. */
  private static final class Failing implements AcmeStore {
    private final AcmeStore store;
    private final int at;
    private final boolean forGood;
    private int calls;

    Failing(AcmeStore store, int at, boolean forGood) {
      this.store = store;
      this.at = at;
      this.forGood = forGood;
    }

    private <T> Mono<T> or(String path, Mono<T> call) {
      return Mono.defer(
          () ->
              ++calls == at || (forGood && calls > at)
                  ? Mono.error(new StoreException(path, "disk full", null))
                  : call);
    }

    @Override
    public Mono<StoreRecord> read(String path) {
      return or(path, store.read(path));
    }

    @Override
    public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
      return or(path, store.write(path, content, condition));
    }

    @Override
    public Mono<Void> delete(String path, Condition condition) {
      return or(path, store.delete(path, condition));
    }

    @Override
    public Flux<String> list(String folder) {
      return or(folder, Mono.just(folder)).flatMapMany(store::list);
    }

    @Override
    public Mono<Lease> acquire(String path, Duration term) {
      return or(path, store.acquire(path, term));
    }

    @Override
    public Mono<Lease> tryAcquire(String path, Duration term) {
      return or(path, store.tryAcquire(path, term));
    }
  }

  @TestFactory
  Stream<DynamicTest> onceAtEachCall() {
    return atEachCall(false);
  }

  @TestFactory
  Stream<DynamicTest> forGoodFromEachCall() {
    return atEachCall(true);
  }

  private static Stream<DynamicTest> atEachCall(boolean forGood) {
    VirtualWorld world = world();
    Failing whole = new Failing(world.store, -1, false);
    AcmeClient client = world.client().store(whole).build();
    world.await(flow(client), LONG);
    return IntStream.rangeClosed(1, whole.calls)
        .mapToObj(n -> DynamicTest.dynamicTest("call " + n, () -> fails(n, forGood)));
  }

  private static VirtualWorld world() {
    return new VirtualWorld(11, ca -> ca.fronts(2));
  }

  private static Mono<Certificate> flow(AcmeClient client) {
    return client
        .account(AccountRequest.create().agreeToTerms())
        .flatMap(
            account ->
                account
                    .rollOver(KeyType.EC_P256)
                    .then(account.issue(OrderRequest.of("a.example.org"))));
  }

  private static void fails(int call, boolean forGood) {
    VirtualWorld world = world();
    AcmeClient client = world.client().store(new Failing(world.store, call, forGood)).build();
    Mono<Throwable> outcome =
        flow(client)
            .<Throwable>map(done -> new StoreException("", "none", null))
            .onErrorResume(Mono::just);
    assertThat(world.await(outcome, LONG)).isInstanceOf(StoreException.class);
    world.pass(Duration.ofSeconds(2));
    assertThat(world.proofs.isClean()).isTrue();
    world.close(client);
    world.pass(Duration.ofSeconds(40)); // what was not released ends with its term

    AcmeClient next = world.client().build();
    AcmeAccount account =
        Objects.requireNonNull(
            world.await(next.account(AccountRequest.create().agreeToTerms()), LONG));
    world.pass(Duration.ofSeconds(5)); // the repair in the background
    world.assertKeyIsStored();
    assertThat(world.await(account.rollOver(KeyType.EC_P256), LONG)).isNotNull();
    assertThat(world.await(account.issue(OrderRequest.of("a.example.org")), LONG)).isNotNull();
    world.close(next);
    world.assertKeyIsStored();
    assertThat(world.ca.truth().accounts()).hasSize(1);
    assertThat(world.ca.truth().spoiltOrders()).isEmpty();
  }
}
