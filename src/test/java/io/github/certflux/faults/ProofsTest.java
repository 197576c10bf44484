package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeClientBuilder;
import io.github.certflux.AcmeOrder;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.AcmeSolverException;
import io.github.certflux.protocol.Status;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.store.SimulatedProcess;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Validation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Which solver proves a name, and what stays of the proof: nothing, whatever happens. */
class ProofsTest {
  private static final Duration SHORT = Duration.ofSeconds(20);
  private static final Duration UNTIL_THE_SEAT_IS_FREE = Duration.ofSeconds(40);
  private static final OrderRequest NAMES = OrderRequest.of("a.example.org", "b.example.org");
  private static final String JOURNAL = VirtualWorld.FOLDER + "/proofs";

  /** What can be looked up, also when the process that set it up is gone. */
  private final Map<String, String> standing = new ConcurrentHashMap<>();

  private final VirtualWorld world =
      new VirtualWorld(
          6,
          ca ->
              ca.validation(
                  Validation.lookup(
                      proof ->
                          Mono.justOrEmpty(standing.get(proof.type() + " " + proof.token())))));
  private final MemoryStore memory = MemoryStore.create(world.time);
  private Duration term = Duration.ofSeconds(30);

  private class Zone implements ChallengeSolver {
    final Set<String> cleanedUp = ConcurrentHashMap.newKeySet();
    private final String type;
    private final String name;

    Zone(String type, String name) {
      this.type = type;
      this.name = name;
    }

    Zone(String type) {
      this(type, type);
    }

    @Override
    public String type() {
      return type;
    }

    @Override
    public String journalName() {
      return name;
    }

    @Override
    public Mono<Void> present(SolverRequest request) {
      return Mono.fromRunnable(
          () -> standing.put(type + " " + request.token(), request.keyAuthorization()));
    }

    @Override
    public Mono<Void> cleanUp(SolverRequest request) {
      return Mono.fromRunnable(
          () -> {
            cleanedUp.add(request.identifier().value());
            standing.remove(type + " " + request.token(), request.keyAuthorization());
          });
    }
  }

  /** Sets something up, and fails. */
  private class Broken extends Zone {
    Broken(String type) {
      super(type);
    }

    @Override
    public Mono<Void> present(SolverRequest request) {
      return super.present(request)
          .then(Mono.error(new IllegalStateException("port is taken: " + type())));
    }
  }

  /** Waits for something that never comes. */
  private class Slow extends Zone {
    Slow(String type, String name) {
      super(type, name);
    }

    @Override
    public Mono<Void> ready(SolverRequest request) {
      return Mono.never();
    }
  }

  private AcmeClient client(AcmeStore store, ChallengeSolver... solvers) {
    AcmeClientBuilder builder =
        world.clientWithoutSolvers(world.ca.transport()).store(store).leaseTerm(term);
    for (ChallengeSolver solver : solvers) {
      builder.solver(solver);
    }
    return builder.build();
  }

  private AcmeAccount account(AcmeClient client) {
    AcmeAccount account =
        world.await(client.account(AccountRequest.create().agreeToTerms()), SHORT);
    return Objects.requireNonNull(account);
  }

  /** A process that has set up the proofs of both names, and waits. */
  private SimulatedProcess waiting(String type, String name) {
    SimulatedProcess process = SimulatedProcess.on(memory);
    account(client(process, new Slow(type, name))).issue(NAMES).subscribe();
    world.pass(Duration.ofSeconds(2));
    assertThat(standing).hasSize(2);
    assertThat(journal()).hasSize(1);
    return process;
  }

  private List<String> journal() {
    return memory.list(JOURNAL).collectList().block();
  }

  private AcmeClient startedAnew(ChallengeSolver... solvers) {
    AcmeClient client = client(SimulatedProcess.on(memory), solvers);
    account(client);
    return client;
  }

  private void assertNothingStands() {
    assertThat(standing).isEmpty();
    assertThat(journal()).isEmpty();
  }

  // Which solver.

  @Test
  void aNameWhoseProofCannotBeSetUpIsProvedByTheNextSolver() {
    Broken http = new Broken("http-01");
    Zone tls = new Zone("tls-alpn-01");
    Zone dns = new Zone("dns-01");

    AcmeAccount account = account(client(memory, http, tls, dns));

    assertThat(world.await(account.issue(NAMES), SHORT)).isNotNull();
    assertThat(http.cleanedUp).containsExactlyInAnyOrder("a.example.org", "b.example.org");
    assertThat(tls.cleanedUp).containsExactlyInAnyOrder("a.example.org", "b.example.org");
    assertThat(dns.cleanedUp).isEmpty();
    assertThat(world.ca.requests().count(Endpoint.CHALLENGE)).isEqualTo(2);
    assertNothingStands();
  }

  @Test
  void whereNoSolverCanSetItUpEachIsNamedWithItsReason() {
    AcmeAccount account = account(client(memory, new Broken("http-01"), new Broken("dns-01")));

    Throwable error = world.failure(account.issue(OrderRequest.of("a.example.org")), SHORT);

    assertThat(error)
        .isInstanceOf(AcmeSolverException.class)
        .hasMessageContaining("http-01 for a.example.org could not be set up: port is taken")
        .hasMessageContaining("dns-01 for a.example.org could not be set up: port is taken")
        .hasRootCauseMessage("port is taken: http-01");
    assertThat(world.ca.requests().count(Endpoint.CHALLENGE)).isZero();
    assertNothingStands();
  }

  /** Its authorization is spent, and with it the order. */
  @Test
  void aNameThatTheServerFoundNotProvedIsNotTriedWithTheNextSolver() {
    Zone dns = new Zone("dns-01");
    AcmeAccount account = account(client(memory, new Zone("http-01"), dns));
    world
        .ca
        .faults()
        .failValidations("a.example.org", CaProblem.of(403, "unauthorized", "nothing there"));

    Throwable error = world.failure(account.issue(NAMES), SHORT);

    assertThat(error).isInstanceOf(AcmeAuthorizationException.class);
    assertThat(dns.cleanedUp).isEmpty();
    assertThat(world.ca.requests().count(Endpoint.CHALLENGE)).isEqualTo(2);
    assertNothingStands();
  }

  /** What is cut off while it is being set up may be half there. */
  @Test
  void aCancelWhileTheNextSolverWorksTakesAwayWhatBothHaveSetUp() {
    Broken http = new Broken("http-01");
    Slow dns = new Slow("dns-01", "dns-01");
    AcmeAccount account = account(client(memory, http, dns));

    Disposable issue = account.issue(NAMES).subscribe();
    world.pass(Duration.ofSeconds(2));
    assertThat(standing).hasSize(4);
    issue.dispose();
    world.pass(Duration.ofSeconds(2));

    assertNothingStands();
  }

  // What a crash leaves.

  @Test
  void whatACrashLeftIsTakenAwayByTheNextStart() {
    waiting("dns-01", "zone").kill();

    Zone zone = new Zone("dns-01", "zone");
    startedAnew(zone);
    world.pass(Duration.ofSeconds(1));

    assertThat(zone.cleanedUp).containsExactlyInAnyOrder("a.example.org", "b.example.org");
    assertNothingStands();
  }

  @Test
  void theSameOrderIsTakenUpAndProvedAfterThat() {
    waiting("dns-01", "zone").kill();

    AcmeAccount account = account(client(SimulatedProcess.on(memory), new Zone("dns-01", "zone")));

    assertThat(world.await(account.issue(NAMES), SHORT)).isNotNull();
    assertThat(world.ca.truth().orders()).hasSize(1);
    assertNothingStands();
  }

  /** Nobody knows yet that it is gone; half a minute later everybody does. */
  @Test
  void whatAProcessThatVanishedLeftIsTakenAwayWhenItsSeatIsFree() {
    waiting("dns-01", "zone").vanish();

    startedAnew(new Zone("dns-01", "zone"));
    world.pass(Duration.ofSeconds(1));
    assertThat(standing).hasSize(2);
    world.pass(UNTIL_THE_SEAT_IS_FREE);

    assertNothingStands();
  }

  @Test
  void whatAProcessWithALongerTermLeftIsTakenAwayWhenItsSeatIsFree() {
    term = Duration.ofMinutes(10);
    waiting("dns-01", "zone").vanish();

    term = Duration.ofSeconds(3);
    startedAnew(new Zone("dns-01", "zone"));
    world.pass(Duration.ofMinutes(9));
    assertThat(standing).hasSize(2);
    world.pass(Duration.ofMinutes(2));

    assertNothingStands();
  }

  @Test
  void whatAProcessThatLivesHasSetUpStays() {
    SimulatedProcess other = waiting("dns-01", "zone");

    startedAnew(new Zone("dns-01", "zone"));
    world.pass(UNTIL_THE_SEAT_IS_FREE);

    assertThat(standing).hasSize(2);
    assertThat(journal()).hasSize(1);
    other.kill();
    startedAnew(new Zone("dns-01", "zone"));
    world.pass(Duration.ofSeconds(1));
    assertNothingStands();
  }

  @Test
  void aProofIsTakenAwayByTheSolverOfItsNameAlone() {
    waiting("dns-01", "zone one").kill();

    Zone two = new Zone("dns-01", "zone two");
    AcmeClient client = startedAnew(two);
    world.pass(UNTIL_THE_SEAT_IS_FREE);
    assertThat(two.cleanedUp).isEmpty();
    assertThat(standing).hasSize(2);

    Zone one = new Zone("dns-01", "zone one");
    world.await(account(client).with(one).issue(OrderRequest.of("c.example.org")), SHORT);

    assertThat(one.cleanedUp)
        .containsExactlyInAnyOrder("a.example.org", "b.example.org", "c.example.org");
    assertNothingStands();
  }

  @Test
  void whatCouldNotBeTakenAwayIsTakenAwayByTheNextStart() {
    Zone down =
        new Zone("dns-01") {
          @Override
          public Mono<Void> cleanUp(SolverRequest request) {
            return Mono.error(new IllegalStateException("the server is down"));
          }
        };
    AcmeClient first = client(SimulatedProcess.on(memory), down);
    assertThat(world.await(account(first).issue(NAMES), SHORT)).isNotNull();
    world.close(first);
    assertThat(standing).hasSize(2);
    assertThat(journal()).hasSize(1);

    AcmeClient stillDown = startedAnew(down);
    world.pass(Duration.ofSeconds(1));
    assertThat(journal()).hasSize(1);
    world.close(stillDown);

    startedAnew(new Zone("dns-01"));
    world.pass(Duration.ofSeconds(1));
    assertNothingStands();
  }

  /** What a process serves by itself is gone with it. */
  @Test
  void aProofThatEndsWithItsProcessIsNotWrittenDown() {
    Zone own =
        new Zone("http-01") {
          @Override
          public boolean outlivesProcess() {
            return false;
          }

          @Override
          public Mono<Void> ready(SolverRequest request) {
            assertThat(journal()).isEmpty();
            return Mono.empty();
          }
        };

    assertThat(world.await(account(client(memory, own)).issue(NAMES), SHORT)).isNotNull();
  }

  @Test
  void aRecordThatCannotBeReadStaysAndStopsNobody() {
    memory
        .write(
            JOURNAL + "/0-1-1.json",
            "{\"owner\":".getBytes(StandardCharsets.UTF_8),
            Condition.none())
        .block();

    AcmeAccount account = account(client(memory, new Zone("dns-01")));

    assertThat(world.await(account.issue(NAMES), SHORT)).isNotNull();
    assertThat(standing).isEmpty();
    assertThat(journal()).containsExactly(JOURNAL + "/0-1-1.json");
  }

  @Test
  void aProofStaysAsLongAsSomebodyNeedsIt() {
    Sinks.Empty<Void> seen = Sinks.empty();
    Zone zone =
        new Zone("http-01") {
          @Override
          public Mono<Void> ready(SolverRequest request) {
            return seen.asMono();
          }
        };
    AcmeOrder order =
        Objects.requireNonNull(world.await(account(client(memory, zone)).order(NAMES), SHORT));
    Disposable one = order.authorize().subscribe();
    Mono<AcmeOrder> other = order.authorize().cache();
    other.subscribe();
    world.pass(Duration.ofSeconds(2));
    assertThat(standing).hasSize(2);

    one.dispose();
    world.pass(Duration.ofSeconds(2));

    assertThat(standing).hasSize(2);
    seen.tryEmitEmpty();
    AcmeOrder ready = world.await(other, SHORT);
    assertThat(Objects.requireNonNull(ready).state().status()).isEqualTo(Status.READY);
    assertThat(standing).isEmpty();
    assertThat(journal()).isEmpty();
  }
}
