package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.IssueEvent;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.FileStore;
import io.github.certflux.store.ForwardingLease;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A store of files that fails at any of its calls, as on a disk that is full, leaves what the next
 * start repairs: the same account and key, the same order, and nothing half done.
 */
class StoreFailuresTest {
  private static final Duration LONG = Duration.ofMinutes(12);
  private static final Duration WINDOW_AND_MORE = Duration.ofSeconds(45);
  private static final AccountRequest ACCOUNT = AccountRequest.create().agreeToTerms();
  private static final String ACCOUNT_RECORD = VirtualWorld.ACCOUNT + "/account.json";
  private static final OrderRequest ORDER = OrderRequest.of("a.example.org");

  @TempDir private Path folder;

  /** How a store fails. */
  private enum Failure {
    ONCE,
    /** It was done, but that could not be made sure of. */
    ONCE_AFTERWARDS,
    FOR_GOOD
  }

  /** Fails at one call, or from it on. */
  private static final class Failing implements AcmeStore {
    private final AcmeStore store;
    private final int at;
    private final Failure how;
    private final List<String> calls = new ArrayList<>();

    Failing(AcmeStore store, int at, Failure how) {
      this.store = store;
      this.at = at;
      this.how = how;
    }

    private <T> Mono<T> or(String what, String path, Mono<T> call) {
      return Mono.defer(
          () -> {
            calls.add(what + " " + path);
            Mono<T> failure = Mono.error(new StoreException(path, "disk full", null));
            if (calls.size() == at) {
              return how == Failure.ONCE_AFTERWARDS ? call.then(failure) : failure;
            }
            return how == Failure.FOR_GOOD && calls.size() > at && at > 0 ? failure : call;
          });
    }

    @Override
    public Mono<StoreRecord> read(String path) {
      return or("read", path, store.read(path));
    }

    @Override
    public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
      return or("write", path, store.write(path, content, condition));
    }

    @Override
    public Mono<Void> delete(String path, Condition condition) {
      return or("delete", path, store.delete(path, condition));
    }

    @Override
    public Flux<String> list(String within) {
      return or("list", within, Mono.just(within)).flatMapMany(store::list);
    }

    @Override
    public Flux<String> changes(String folder) {
      return store.changes(folder);
    }

    @Override
    public Mono<Lease> acquire(String path, Duration term) {
      return or("acquire", path, store.acquire(path, term)).map(FailingLease::new);
    }

    @Override
    public Mono<Lease> tryAcquire(String path, Duration term) {
      return or("acquire", path, store.tryAcquire(path, term)).map(FailingLease::new);
    }

    private final class FailingLease extends ForwardingLease {
      FailingLease(Lease lease) {
        super(lease);
      }

      @Override
      public Mono<Void> renew() {
        return or("renew", path(), lease.renew());
      }

      @Override
      public Mono<Void> release() {
        return or("release", path(), lease.release());
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> onceAtEachCall() throws IOException {
    return atEachCall(Failure.ONCE);
  }

  @TestFactory
  Stream<DynamicTest> onceAfterEachCall() throws IOException {
    return atEachCall(Failure.ONCE_AFTERWARDS);
  }

  @TestFactory
  Stream<DynamicTest> forGoodFromEachCall() throws IOException {
    return atEachCall(Failure.FOR_GOOD);
  }

  @TestFactory
  Stream<DynamicTest> onceAtEachCallOfTheRepair() throws IOException {
    return atEachCallOfTheRepair(Failure.ONCE);
  }

  @TestFactory
  Stream<DynamicTest> forGoodFromEachCallOfTheRepair() throws IOException {
    return atEachCallOfTheRepair(Failure.FOR_GOOD);
  }

  private Stream<DynamicTest> atEachCall(Failure how) throws IOException {
    return eachOf(
        lives(world(), 0, how),
        call -> {
          VirtualWorld world = world();
          lives(world, call, how);
          assertTheNextStartRepairs(world);
        });
  }

  private Stream<DynamicTest> atEachCallOfTheRepair(Failure how) throws IOException {
    int promoted = 1 + leaves(world(), 0).lastIndexOf("write " + ACCOUNT_RECORD);
    VirtualWorld whole = world();
    leaves(whole, promoted);
    return eachOf(
        lives(whole, 0, how),
        call -> {
          VirtualWorld world = world();
          leaves(world, promoted);
          assertThat(world.account().path("pendingKey").isMissingNode()).isFalse();
          assertThat(journal(world)).hasSize(1);
          lives(world, call, how);
          assertTheNextStartRepairs(world);
        });
  }

  private VirtualWorld world() throws IOException {
    Path directory = Files.createTempDirectory(folder, "store-");
    return new VirtualWorld(
        11,
        ca -> ca.fronts(2),
        time -> FileStore.builder(directory).blocking(Schedulers.immediate()).timer(time).build());
  }

  /** One life of a client, with a rollover and an order; it is told of nothing but the store. */
  private static List<String> lives(VirtualWorld world, int call, Failure how) {
    Failing store = new Failing(world.store, call, how);
    AcmeClient client = world.client().store(store).build();
    outcome(
        world,
        client
            .account(ACCOUNT)
            .flatMap(
                account -> account.rollOver(KeyType.EC_P256).then(account.issue(ORDER)).then()));
    world.pass(Duration.ofSeconds(2));
    if (store.calls.size() < call || call == 0) {
      world.pass(Duration.ofSeconds(13)); // leases are renewed, and the window ends
    }
    assertThat(world.proofs.isClean()).isTrue();
    outcome(world, client.disposeLater());
    world.pass(Duration.ofSeconds(40)); // what was not released ends with its term
    return store.calls;
  }

  /** A client that begins an order, and a rollover, and can't write something down. */
  private static List<String> leaves(VirtualWorld world, int call) {
    Failing store = new Failing(world.store, call, Failure.ONCE);
    AcmeClient client = world.client().store(store).build();
    outcome(
        world,
        client
            .account(ACCOUNT)
            .flatMap(
                account ->
                    account
                        .issueEvents(ORDER)
                        .take(1)
                        .then(account.rollOver(KeyType.EC_P256))
                        .then()));
    List<String> calls = List.copyOf(store.calls);
    world.close(client);
    return calls;
  }

  private static void outcome(VirtualWorld world, Mono<Void> work) {
    world.await(work.onErrorResume(StoreException.class, e -> Mono.empty()), LONG);
  }

  private void assertTheNextStartRepairs(VirtualWorld world) {
    List<URI> unfinished = journal(world);
    int orders = world.ca.truth().orders().size();
    AcmeClient next = world.client().build();
    AcmeAccount account = Objects.requireNonNull(world.await(next.account(ACCOUNT), LONG));
    List<URI> finished =
        Objects.requireNonNull(
            world.await(
                account
                    .issueEvents(ORDER)
                    .filter(event -> event.kind() == IssueEvent.Kind.ISSUED)
                    .map(event -> event.order().url())
                    .collectList(),
                LONG));
    assertThat(finished).hasSize(1).containsAll(unfinished);
    assertThat(world.ca.truth().orders()).hasSize(orders + 1 - unfinished.size());
    world.pass(Duration.ofSeconds(5)); // the repair in the background
    world.assertKeyIsStored();

    assertThat(world.await(account.rollOver(KeyType.EC_P256), LONG)).isNotNull();
    world.pass(WINDOW_AND_MORE);
    assertThat(world.await(account.details(), LONG)).isNotNull();
    world.close(next);
    world.assertKeyIsStored();
    String key = VirtualWorld.ACCOUNT + "/keys/" + world.account().path("key").asString("");
    assertThat(world.stored("")).containsExactlyInAnyOrder(ACCOUNT_RECORD, key + ".pem");
    assertThat(rights(folder)).containsOnly("rw-------");
    assertThat(world.ca.truth().accounts()).hasSize(1);
    assertThat(world.ca.truth().spoiltOrders()).isEmpty();
  }

  /** The orders that the next start takes up. */
  private static List<URI> journal(VirtualWorld world) {
    return world.stored(VirtualWorld.ACCOUNT + "/orders").stream()
        .map(path -> Objects.requireNonNull(world.store.read(path).block()).text())
        .map(text -> URI.create(text.lines().findFirst().orElse("").replace("Order: ", "")))
        .toList();
  }

  private static List<String> rights(Path directory) {
    try (Stream<Path> tree = Files.walk(directory)) {
      List<String> rights = new ArrayList<>();
      for (Path file : tree.filter(Files::isRegularFile).toList()) {
        rights.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      }
      return rights;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<DynamicTest> eachOf(List<String> calls, Work work) {
    return IntStream.rangeClosed(1, calls.size())
        .mapToObj(n -> DynamicTest.dynamicTest(n + " " + calls.get(n - 1), () -> work.atCall(n)));
  }

  private interface Work {
    void atCall(int call) throws IOException;
  }
}
