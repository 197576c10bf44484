package io.github.certflux.manager;

import static io.github.certflux.manager.CertificateEvent.Kind.FAILED;
import static io.github.certflux.manager.CertificateEvent.Kind.OBTAINED;
import static io.github.certflux.manager.CertificateEvent.Kind.RENEWED;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.OrderRequest;
import io.github.certflux.manager.World.Told;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmePausedException;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.protocol.Problem;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.ForwardingStore;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.PublisherProbe;

/** What goes wrong around a manager. */
class ManagerTroubleTest {
  private final World world = new World();
  private final CheapCa ca = world.ca;
  private final CheapCa second = world.second;

  private static final AcmeException.At AT =
      new AcmeException.At(
          AcmeOperation.NEW_ORDER, URI.create("https://first.example/new-order"), 1);

  private static Problem problem(String type) {
    return Problem.noticed(type, "no");
  }

  private String recordPath() {
    return world.store.list("certificates").collectList().block().stream()
        .filter(path -> path.endsWith(".json"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theNextCaIsAskedWhenTheFirstIsDownAndOnlyTheIssuerIsToldWhatIsReplaced() {
    CertificateManager manager = world.builder(world.store).authority(ca).authority(second).build();
    Told told = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofDays(20));
    assertThat(told.last().ca()).contains(ca.directory());

    ca.orderly = issued -> Mono.error(new IllegalStateException("down for days"));
    world.pass(Duration.ofDays(14));
    assertThat(told.last().kind()).isEqualTo(RENEWED);
    assertThat(told.last().ca()).contains(second.directory());
    assertThat(told.kinds().stream().filter(FAILED::equals)).hasSize(3);
    assertThat(second.orders.get(0).replaces()).isEmpty();

    world.pass(Duration.ofDays(34));
    assertThat(second.orders).hasSize(2);
    assertThat(second.orders.get(1).replaces()).isPresent();

    ca.orderly = issued -> issued;
    world.pass(Duration.ofDays(34));
    assertThat(told.last().ca()).as("the first is asked first again").contains(ca.directory());
    assertThat(ca.orders.get(1).replaces()).isEmpty();
  }

  @Test
  void withoutACertificateTheNextCaIsAskedAtOnce() {
    ca.orderly = issued -> Mono.error(new IllegalStateException("down"));
    Told told =
        new Told(
            world.builder(world.store).authority(ca).authority(second).build().manage("a.example"));
    world.pass(Duration.ofSeconds(5));

    assertThat(told.kinds()).containsExactly(FAILED, OBTAINED);
  }

  @Test
  void aWaitThatTheCaAsksForIsKeptAndOneOfYearsIsNot() {
    ca.orderly =
        issued ->
            Mono.error(
                new AcmeRateLimitException(
                    AT,
                    429,
                    problem("rateLimited"),
                    Optional.of(Duration.ofHours(30)),
                    Optional.empty()));
    Told told = new Told(world.manager().manage("a.example.org"));
    world.pass(Duration.ofHours(29));
    assertThat(ca.attempts).isEqualTo(1);
    assertThat(told.last().next().orElseThrow()).isAfter(world.now());
    world.pass(Duration.ofHours(6));
    assertThat(ca.attempts).isEqualTo(2);

    ca.orderly =
        issued ->
            Mono.error(
                new AcmeRateLimitException(
                    AT,
                    429,
                    problem("rateLimited"),
                    Optional.of(Duration.ofDays(36500)),
                    Optional.empty()));
    world.pass(Duration.ofDays(2));
    ca.orderly = issued -> issued;
    world.pass(Duration.ofDays(8));
    assertThat(told.last().kind()).isEqualTo(OBTAINED);
  }

  @Test
  void aLimitWithoutATimeIsTriedAgainAsAnyFailure() {
    ca.orderly =
        issued ->
            Mono.error(
                new AcmeRateLimitException(
                    AT, 429, problem("rateLimited"), Optional.empty(), Optional.empty()));
    Told told = new Told(world.manager().manage("a.example.org"));
    world.pass(Duration.ofMinutes(13));
    assertThat(ca.attempts).isEqualTo(3);
    assertThat(told.last().next().orElseThrow()).isAfter(world.now());
  }

  @Test
  void aPauseWaitsForAPerson() {
    ca.orderly =
        issued ->
            Mono.error(new AcmePausedException(AT, 429, problem("rateLimited"), Optional.empty()));
    CertificateManager manager = world.manager();
    Told told = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofDays(20));
    assertThat(ca.attempts).isEqualTo(1);
    assertThat(told.kinds()).containsExactly(FAILED);
    assertThat(told.last().next()).isEmpty();

    ca.orderly = issued -> issued;
    manager.tryAgain("a.example.org").subscribe();
    world.pass(Duration.ofSeconds(5));
    assertThat(told.last().kind()).isEqualTo(OBTAINED);
  }

  @Test
  void aNameThatIsTakenAwayWhileItsOrderIsUnderWayHasItCancelled() {
    PublisherProbe<Authority.Issued> order = PublisherProbe.of(Mono.never());
    ca.orderly = issued -> order.mono();
    CertificateManager manager = world.manager();
    Told told = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofSeconds(5));
    order.assertWasSubscribed();

    told.subscription.dispose();
    order.assertWasCancelled();
    ca.orderly = issued -> issued;
    Told again = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofSeconds(15));
    assertThat(again.kinds()).as("the lease was given back").containsExactly(OBTAINED);
  }

  @Test
  void closingCancelsWhatIsUnderWayAndCompletesTheEvents() {
    PublisherProbe<Authority.Issued> order = PublisherProbe.of(Mono.never());
    ca.orderly = issued -> order.mono();
    CertificateManager manager = world.manager();
    List<String> ends = new ArrayList<>();
    manager.manage("a.example.org").doOnComplete(() -> ends.add("events")).subscribe();
    world.pass(Duration.ofSeconds(5));

    manager.disposeLater().doOnSuccess(done -> ends.add("closed")).subscribe();

    order.assertWasCancelled();
    assertThat(ends).containsExactly("events", "closed");
    Told late = new Told(manager.manage("b.example.org").onErrorComplete());
    assertThat(late.events).isEmpty();
    world.pass(Duration.ofDays(100));
    assertThat(ca.attempts).isEqualTo(1);
  }

  @Test
  void aRecordThatIsGarbageIsToldAndOrdersNothing() {
    new Told(world.manager().manage("a.example.org"));
    world.pass(Duration.ofSeconds(5));
    String path = recordPath();
    byte[] garbage = "{\"names\": 7}".getBytes(StandardCharsets.UTF_8);
    world.store.write(path, garbage, Condition.none()).block();

    Told told = new Told(world.builder(world.store).authority(ca).build().manage("a.example.org"));
    world.pass(Duration.ofHours(3));
    assertThat(told.kinds()).containsExactly(FAILED);
    assertThat(told.last().error().orElseThrow())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(path)
        .hasMessageContaining("delete it");
    assertThat(ca.attempts).isEqualTo(1);

    world.store.delete(path, Condition.none()).block();
    world.pass(Duration.ofMinutes(10));
    assertThat(told.last().kind()).isEqualTo(OBTAINED);
  }

  @Test
  void aCountOfFailuresThatIsGarbageHurriesNoTry() {
    ca.orderly = issued -> Mono.error(new IllegalStateException("no"));
    CertificateManager before = world.manager();
    new Told(before.manage("a.example.org"));
    world.pass(Duration.ofSeconds(5));
    before.disposeLater().block();
    StoreRecord record = world.store.read(recordPath()).block();
    String most = record.text().replaceAll("\"count\" : 1", "\"count\" : " + Integer.MAX_VALUE);
    assertThat(most).isNotEqualTo(record.text());
    world
        .store
        .write(record.path(), most.getBytes(StandardCharsets.UTF_8), Condition.none())
        .block();

    Told told = new Told(world.manager().manage("a.example.org"));
    world.pass(Duration.ofHours(20));
    assertThat(ca.attempts).isEqualTo(2);
    assertThat(told.last().next().orElseThrow()).isAfter(world.now());
  }

  @Test
  void aChainOrKeyThatIsLostOrGarbageIsOrderedAnew() {
    for (String part : List.of("chains", "keys")) {
      for (boolean garbage : List.of(true, false)) {
        World fresh = new World();
        new Told(fresh.manager().manage("a.example.org"));
        fresh.pass(Duration.ofSeconds(5));
        String path =
            fresh.store.list("certificates").collectList().block().stream()
                .filter(p -> p.contains("/" + part + "/"))
                .findFirst()
                .orElseThrow();
        if (garbage) {
          fresh.store.write(path, "?".getBytes(StandardCharsets.UTF_8), Condition.none()).block();
        } else {
          fresh.store.delete(path, Condition.none()).block();
        }

        Told told = new Told(fresh.manager().manage("a.example.org"));
        fresh.pass(Duration.ofSeconds(30));
        assertThat(told.last().certificate()).isPresent();
        assertThat(fresh.ca.attempts).isEqualTo(2);
        assertThat(fresh.store.list("certificates").collectList().block()).hasSize(3);
      }
    }
  }

  @Test
  void aSlowSubscriberHoldsUpNothingAndGetsTheNewestOfEach() {
    CertificateManager manager = world.manager();
    List<CertificateEvent> got = new ArrayList<>();
    BaseSubscriber<CertificateEvent> slow =
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {}

          @Override
          protected void hookOnNext(CertificateEvent event) {
            got.add(event);
          }
        };
    manager
        .manage(List.of(OrderRequest.of("a.example.org"), OrderRequest.of("b.example.org")))
        .subscribe(slow);
    world.pass(Duration.ofDays(70));
    assertThat(got).isEmpty();
    assertThat(ca.orders).hasSizeGreaterThanOrEqualTo(6);

    slow.request(1);
    assertThat(got).hasSize(1);
    slow.request(10);
    assertThat(got).extracting(CertificateEvent::kind).containsExactly(RENEWED, RENEWED);
  }

  /** So that one that blocks holds up no renewal. */
  @Test
  void subscribersHearOfEventsWhereTheyAreToldTo() {
    Queue<Runnable> tasks = new ArrayDeque<>();
    CertificateManager manager =
        world
            .builder(world.store)
            .authority(ca)
            .eventsOn(Schedulers.fromExecutor(tasks::add))
            .build();
    Told told = new Told(manager.manage("a.example.org"));
    Told all = new Told(manager.events());
    world.pass(Duration.ofDays(34));
    assertThat(ca.orders).hasSize(2);
    assertThat(told.events).isEmpty();
    assertThat(all.events).isEmpty();

    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
    assertThat(told.kinds()).containsExactly(RENEWED);
    assertThat(all.kinds()).containsExactly(RENEWED);
  }

  @Test
  void whoCancelsBeforeItBeginsLeavesNothingBehind() {
    CertificateManager manager = world.manager();
    for (Flux<CertificateEvent> events :
        List.of(manager.manage("a.example.org"), manager.events())) {
      events.subscribe(
          new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
              subscription.cancel();
            }

            @Override
            protected void hookOnNext(CertificateEvent event) {
              throw new AssertionError(event);
            }
          });
    }
    world.pass(Duration.ofDays(1));
    assertThat(ca.attempts).isZero();

    new Told(manager.manage("b.example.org"));
    world.pass(Duration.ofMinutes(1));
    assertThat(ca.attempts).isEqualTo(1);
  }

  @Test
  void aStoreThatThrowsWhereItShouldSignalIsLookedAtAgain() {
    AcmeStore throwsOnce =
        new ForwardingStore(world.store) {
          private boolean thrown;

          @Override
          public Mono<StoreRecord> read(String path) {
            if (!thrown) {
              thrown = true;
              throw new IllegalStateException("not at assembly");
            }
            return super.read(path);
          }
        };
    Told told = new Told(world.builder(throwsOnce).authority(ca).build().manage("a.example.org"));
    world.pass(Duration.ofMinutes(2));

    assertThat(told.kinds()).containsExactly(OBTAINED);
  }

  @Test
  void renewalInformationThatFailsIsAskedForAgainWhenTheCaSays() {
    ca.ari =
        issued ->
            Mono.error(
                new AcmeRateLimitException(
                    AT,
                    503,
                    problem("rateLimited"),
                    Optional.of(Duration.ofHours(10)),
                    Optional.empty()));
    new Told(world.manager().manage("a.example.org"));
    world.pass(Duration.ofHours(9));
    assertThat(ca.checks).isEqualTo(1);
    world.pass(Duration.ofHours(4));
    assertThat(ca.checks).isEqualTo(2);
  }

  @Test
  void accountKeysAreRolledOverByScheduleByOneNode() {
    for (int i = 0; i < 3; i++) {
      new Told(
          world
              .builder(world.store)
              .authority(ca)
              .random(new Random(i))
              .rollAccountKeysOver(Duration.ofDays(30), io.github.certflux.protocol.KeyType.EC_P256)
              .build()
              .manage("a.example.org"));
    }
    world.pass(Duration.ofDays(29));
    assertThat(ca.rollovers).isZero();
    world.pass(Duration.ofDays(62));
    assertThat(ca.rollovers).isEqualTo(3);
  }

  /** The clock was ahead when the manager ran for the first time. */
  @Test
  void aRolloverOfATimeToComeIsNotWaitedForAndNoNodesTakeTurns() {
    JumpingClock clock = new JumpingClock(world.time, Duration.ofDays(365));
    JumpingClock right = new JumpingClock(world.time, Duration.ZERO);
    for (JumpingClock each : List.of(clock, right)) {
      new Told(
          world
              .builder(world.store)
              .authority(ca)
              .timer(each)
              .rollAccountKeysOver(Duration.ofDays(30), io.github.certflux.protocol.KeyType.EC_P256)
              .build()
              .manage("a.example.org"));
    }
    world.pass(Duration.ofDays(95));
    assertThat(ca.rollovers).as("while one clock is wrong").isBetween(1, 8);

    clock.ahead = Duration.ZERO;
    int before = ca.rollovers;
    world.pass(Duration.ofDays(95));
    assertThat(ca.rollovers - before).isBetween(2, 4);
  }

  @Test
  void aKeyCanBeKept() {
    CertificateManager keeps = world.builder(world.store).authority(ca).keepKeys().build();
    new Told(keeps.manage("a.example.org"));
    world.pass(Duration.ofDays(34));

    assertThat(ca.orders).hasSize(2);
    assertThat(ca.orders.get(1).csr()).isNotEqualTo(ca.orders.get(0).csr());
  }
}
