package io.github.certflux.manager;

import static io.github.certflux.manager.CertificateEvent.Kind.OBTAINED;
import static io.github.certflux.manager.CertificateEvent.Kind.RENEWED;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.manager.World.Told;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.ForwardingLease;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Certificates kept valid by several nodes on one store. */
class ManagerClusterTest {
  private final World world = new World();
  private final CheapCa ca = world.ca;

  /** The store as a node sees it that may hear of no changes, and may be cut off. */
  private final class View implements AcmeStore {
    private final boolean tells;
    boolean cutOff;

    View(boolean tells) {
      this.tells = tells;
    }

    private <T> Mono<T> reached(Mono<T> work) {
      return Mono.defer(() -> cutOff ? Mono.never() : work);
    }

    @Override
    public Mono<StoreRecord> read(String path) {
      return reached(world.store.read(path));
    }

    @Override
    public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
      return reached(world.store.write(path, content, condition));
    }

    @Override
    public Mono<Void> delete(String path, Condition condition) {
      return reached(world.store.delete(path, condition));
    }

    @Override
    public Flux<String> list(String folder) {
      return world.store.list(folder);
    }

    @Override
    public Flux<String> changes(String folder) {
      return tells ? world.store.changes(folder) : Flux.never();
    }

    @Override
    public Mono<Lease> acquire(String path, Duration term) {
      return reached(world.store.acquire(path, term)).map(this::seen);
    }

    @Override
    public Mono<Lease> tryAcquire(String path, Duration term) {
      return reached(world.store.tryAcquire(path, term)).map(this::seen);
    }

    private Lease seen(Lease lease) {
      return new ForwardingLease(lease) {
        @Override
        public Mono<Void> renew() {
          return reached(lease.renew());
        }

        @Override
        public Mono<Void> release() {
          return reached(lease.release());
        }
      };
    }
  }

  private CertificateManager node(AcmeStore store, int seed) {
    return world.builder(store).authority(ca).random(new Random(seed)).build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneNodeOrdersAndTheOthersHaveItWithinSeconds(boolean tells) {
    ca.orderly = issued -> Mono.delay(Duration.ofSeconds(20), world.time).then(issued);
    List<CertificateManager> nodes = new ArrayList<>();
    List<Told> told = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      CertificateManager node = node(new View(tells), i);
      nodes.add(node);
      told.add(new Told(node.manage("a.example.org", "b.example.org")));
    }
    world.pass(Duration.ofSeconds(32));

    assertThat(ca.attempts).isEqualTo(2);
    assertThat(nodes).allMatch(node -> node.certificate("a.example.org").isPresent());
    assertThat(told).allSatisfy(t -> assertThat(t.kinds()).containsExactly(OBTAINED, OBTAINED));

    world.pass(Duration.ofDays(33));
    assertThat(ca.attempts).isEqualTo(4);
    assertThat(told)
        .allSatisfy(
            t -> assertThat(t.kinds()).containsExactly(OBTAINED, OBTAINED, RENEWED, RENEWED));
    assertThat(nodes)
        .extracting(node -> node.certificate("a.example.org").orElseThrow().chain())
        .containsOnly(nodes.get(0).certificate("a.example.org").orElseThrow().chain());
  }

  @Test
  void aNodeThatIsCutOffLosesTheOrderAndWritesNothingLater() {
    View first = new View(true);
    View second = new View(true);
    ca.orderly = issued -> Mono.delay(Duration.ofSeconds(5), world.time).then(issued);
    CertificateManager cut = node(first, 1);
    new Told(cut.manage("a.example.org"));
    world.pass(Duration.ofSeconds(2));
    first.cutOff = true;
    CertificateManager other = node(second, 2);
    new Told(other.manage("a.example.org"));
    world.pass(Duration.ofMinutes(2));

    assertThat(other.certificate("a.example.org")).isPresent();
    assertThat(cut.certificate("a.example.org")).isEmpty();
    ManagedCertificate theirs = other.certificate("a.example.org").orElseThrow();

    first.cutOff = false;
    cut.tryAgain("a.example.org").subscribe();
    world.pass(Duration.ofMinutes(20));
    assertThat(other.certificate("a.example.org")).containsSame(theirs);
    assertThat(world.store.list("certificates").collectList().block()).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({"3, 6", "30, 57"})
  void anotherNodeOrdersWhenTheLeaseOfOneThatIsGoneEnds(int term, int seconds) {
    ca.leaseTerm = Duration.ofSeconds(term);
    View gone = new View(true);
    View reached = new View(true);
    ca.orderly = issued -> Mono.never();
    new Told(node(gone, 1).manage("a.example.org"));
    world.pass(Duration.ofMillis(100));
    gone.cutOff = true;
    ca.orderly = issued -> issued;
    CertificateManager other = node(reached, 2);
    new Told(other.manage("a.example.org"));

    world.pass(Duration.ofSeconds(term));
    assertThat(other.certificate("a.example.org")).isEmpty();
    world.pass(Duration.ofSeconds(seconds - term));
    assertThat(other.certificate("a.example.org")).isPresent();
  }

  @Test
  void whatIsAskedForByHandReachesTheNodeThatManagesIt() {
    CertificateManager manages = node(new View(true), 1);
    Told told = new Told(manages.manage("a.example.org"));
    world.pass(Duration.ofMinutes(1));

    node(new View(true), 2).renewNow("a.example.org").subscribe();
    world.pass(Duration.ofSeconds(10));

    assertThat(told.kinds()).containsExactly(OBTAINED, RENEWED);
  }
}
