package io.github.certflux.manager;

import static io.github.certflux.manager.CertificateEvent.Kind.FOUND;
import static io.github.certflux.manager.CertificateEvent.Kind.MOVED_UP;
import static io.github.certflux.manager.CertificateEvent.Kind.OBTAINED;
import static io.github.certflux.manager.CertificateEvent.Kind.RENEWED;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.ChainPreference;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RevocationReason;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.ForwardingStore;
import io.github.certflux.store.SimulatedProcess;
import io.github.certflux.store.StoreRecord;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The whole, with real orders at the test CA, on virtual time. */
class ManagedOnTheTestCaTest {
  private final World world = new World();
  private final TestCa ca =
      TestCa.builder()
          .scheduler(world.time)
          .random(new Random(3))
          .validation(Validation.always())
          .certificateLifetime(Duration.ofDays(45))
          .alternateChains(1)
          .inMemory();
  private Mono<Void> solved = Mono.empty();
  private final AcmeClient acme = client(world.store);
  private final AccountRequest account = AccountRequest.create().agreeToTerms();

  private AcmeClient client(AcmeStore store) {
    return AcmeClient.builder(ca.directory())
        .transport(ca.transport())
        .timer(world.time)
        .random(new Random(4))
        .crypto(JcaCrypto.create(JcaCrypto.drbg(), Schedulers.immediate()))
        .solver(new Solving())
        .store(store)
        .build();
  }

  /** Proves nothing, since the CA does not look, and may take its time. */
  private final class Solving implements ChallengeSolver {
    @Override
    public String type() {
      return "http-01";
    }

    @Override
    public Mono<Void> present(SolverRequest request) {
      return Mono.defer(() -> solved);
    }

    @Override
    public Mono<Void> cleanUp(SolverRequest request) {
      return Mono.empty();
    }
  }

  private CertificateManager manager() {
    return world.builder(world.store).ca(acme, account).build();
  }

  @AfterEach
  void close() {
    ca.close();
  }

  @Test
  void aCertificateIsObtainedFoundRenewedAndReplacedWhenItIsRevoked() {
    World.Told told = new World.Told(manager().manage("a.example.org"));
    world.pass(Duration.ofMinutes(1));
    assertThat(told.kinds()).containsExactly(OBTAINED);
    told.subscription.dispose();

    CertificateManager manager = manager();
    World.Told again = new World.Told(manager.manage("a.example.org"));
    world.pass(Duration.ofMinutes(1));
    assertThat(again.kinds()).containsExactly(FOUND);
    assertThat(again.last().ca()).contains(ca.directory());
    world.pass(Duration.ofDays(40));
    assertThat(again.kinds()).containsExactly(FOUND, RENEWED);
    assertThat(ca.truth().certificates()).hasSize(2);

    ManagedCertificate revoked = manager.certificate("a.example.org").orElseThrow();
    acme.account(account)
        .flatMap(a -> a.revoke(revoked.chain().get(0), RevocationReason.SUPERSEDED))
        .subscribe();
    world.pass(Duration.ofDays(1));
    assertThat(again.kinds()).containsExactly(FOUND, RENEWED, MOVED_UP, RENEWED);
    assertThat(manager.certificate("a.example.org").orElseThrow().chain())
        .isNotEqualTo(revoked.chain());
  }

  /** A node of its own, that dies or vanishes. */
  private CertificateManager node(AcmeStore store, int seed) {
    return world.builder(store).ca(client(store), account).random(new Random(seed)).build();
  }

  /** Killed when it has the certificate, and is about to store it. */
  @Test
  void aCrashBeforeTheCertificateIsStoredCostsNoOrder() {
    SimulatedProcess process = SimulatedProcess.on(world.store);
    AcmeStore dies =
        new ForwardingStore(process) {
          @Override
          public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
            return path.startsWith("certificates/")
                ? Mono.delay(Duration.ofSeconds(1), world.time)
                    .doOnNext(passed -> process.kill())
                    .then(Mono.never())
                : super.write(path, content, condition);
          }
        };
    World.Told first = new World.Told(node(dies, 1).manage("a.example.org"));
    world.pass(Duration.ofMinutes(1));
    assertThat(first.events).isEmpty();
    assertThat(ca.truth().certificates()).hasSize(1);

    World.Told next = new World.Told(manager().manage("a.example.org"));
    world.pass(Duration.ofMinutes(2));

    assertThat(next.kinds()).containsExactly(OBTAINED);
    assertThat(ca.truth().orders()).hasSize(1);
    assertThat(ca.truth().certificates()).hasSize(1);
    assertThat(orders()).isEmpty();
  }

  private List<String> orders() {
    return world.store.list("").filter(path -> path.contains("/orders/")).collectList().block();
  }

  /** The seat of a client is renewed at other times than the lease on the certificate. */
  @Test
  void anOrderOfANodeThatVanishedIsResumedByTheNextHolderOfTheLease() {
    SimulatedProcess process = SimulatedProcess.on(world.store);
    AcmeClient client = client(process);
    client.account(account).flatMap(a -> a.issue(OrderRequest.of("b.example.org"))).subscribe();
    world.pass(Duration.ofSeconds(5));
    solved = Mono.never();
    new World.Told(world.builder(process).ca(client, account).build().manage("a.example.org"));
    world.pass(Duration.ofSeconds(16));
    process.vanish();
    assertThat(ca.truth().orders()).hasSize(2);
    solved = Mono.empty();

    world.pass(Duration.ofSeconds(25));
    World.Told next = new World.Told(manager().manage("a.example.org"));
    world.pass(Duration.ofMinutes(2));

    assertThat(next.kinds()).containsExactly(OBTAINED);
    assertThat(ca.truth().orders()).hasSize(2);
  }

  @Test
  void aRecordOfAnOrderThatIsOverDoesNotBringBackTheCertificateThatIsToBeReplaced() {
    List<StoreRecord> records = new ArrayList<>();
    solved = Mono.delay(Duration.ofSeconds(5), world.time).then();
    CertificateManager manager = manager();
    World.Told told = new World.Told(manager.manage("a.example.org"));
    world.pass(Duration.ofSeconds(3));
    orders().forEach(path -> records.add(world.store.read(path).block()));
    world.pass(Duration.ofMinutes(1));
    ManagedCertificate leaked = manager.certificate("a.example.org").orElseThrow();
    assertThat(orders()).isEmpty();
    assertThat(records).hasSize(1);
    StoreRecord stale = records.get(0);
    world.store.write(stale.path(), stale.content(), Condition.none()).block();

    manager.renewNow("a.example.org").subscribe();
    world.pass(Duration.ofMinutes(1));

    assertThat(told.kinds()).containsExactly(OBTAINED, RENEWED);
    assertThat(manager.certificate("a.example.org").orElseThrow().chain())
        .isNotEqualTo(leaked.chain());
    assertThat(ca.truth().orders()).hasSize(2);
  }

  @Test
  void eachCertificateHasTheChainThatWasWantedForItAlsoAfterARestart() {
    String root = "Test CA root alternate 1";
    OrderRequest wants = OrderRequest.of("a.example.org").withChain(ChainPreference.root(root));
    OrderRequest other = OrderRequest.of("b.example.org");
    new World.Told(manager().manage(List.of(wants, other)));
    world.pass(Duration.ofMinutes(1));
    CertificateManager manager = manager();
    new World.Told(manager.manage(List.of(wants, other)));
    world.pass(Duration.ofMinutes(1));

    assertThat(rootOf(manager, "a.example.org")).isEqualTo("CN=" + root);
    assertThat(rootOf(manager, "b.example.org")).isEqualTo("CN=Test CA root");
  }

  private static String rootOf(CertificateManager manager, String name) {
    List<X509Certificate> chain = manager.certificate(name).orElseThrow().chain();
    return chain.get(chain.size() - 1).getIssuerX500Principal().getName();
  }

  @Test
  void theAccountsKeyIsRolledOverByScheduleAndRenewalsGoOn() {
    CertificateManager manager =
        world
            .builder(world.store)
            .ca(acme, account)
            .rollAccountKeysOver(Duration.ofDays(20), KeyType.EC_P384)
            .build();
    World.Told told = new World.Told(manager.manage("a.example.org"));
    world.pass(Duration.ofMinutes(1));
    String first = ca.truth().accounts().get(0).keyThumbprint();

    world.pass(Duration.ofDays(40));

    assertThat(ca.truth().accounts()).hasSize(1);
    assertThat(ca.truth().accounts().get(0).keyThumbprint()).isNotEqualTo(first);
    assertThat(told.kinds()).containsExactly(OBTAINED, RENEWED);
  }

  @Test
  void theKeyTypeIsTheRequestsAndAKeptKeyStays() {
    OrderRequest rsa = OrderRequest.of("b.example.org").withKeyType(KeyType.RSA_2048);
    CertificateManager keeps = world.builder(world.store).ca(acme, account).keepKeys().build();
    World.Told told = new World.Told(keeps.manage(List.of(rsa)));
    world.pass(Duration.ofMinutes(1));
    ManagedCertificate first = keeps.certificate("b.example.org").orElseThrow();
    assertThat(first.chain().get(0).getPublicKey()).isInstanceOf(RSAPublicKey.class);

    world.pass(Duration.ofDays(40));

    assertThat(told.kinds()).containsExactly(OBTAINED, RENEWED);
    ManagedCertificate second = keeps.certificate("b.example.org").orElseThrow();
    assertThat(second.chain()).isNotEqualTo(first.chain());
    assertThat(second.keyPem()).isEqualTo(first.keyPem());
  }
}
