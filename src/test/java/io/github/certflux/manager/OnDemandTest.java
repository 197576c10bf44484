package io.github.certflux.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Certificates at the first handshake. */
class OnDemandTest {
  private final World world = new World();
  private final CheapCa ca = world.ca;
  private final List<String> decided = new ArrayList<>();
  private Set<String> allowed = Set.of("shop.example.org", "other.example.org");

  private OnDemand settings() {
    return OnDemand.when(
        name -> {
          decided.add(name);
          return Mono.just(allowed.contains(name));
        });
  }

  private CertificateManager manager(OnDemand settings) {
    return world.builder(world.store).authority(ca).onDemand(settings).build();
  }

  @Test
  void handshakesOfOneNameShareOneOrder() {
    ca.orderly = issued -> Mono.delay(Duration.ofSeconds(5), world.time).then(issued);
    CertificateManager manager = manager(settings());
    List<ManagedCertificate> got = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      manager
          .certificateOnDemand(i % 2 == 0 ? "shop.example.org" : "SHOP.example.org.")
          .subscribe(got::add);
    }
    Disposable impatient = manager.certificateOnDemand("shop.example.org").subscribe(got::add);
    impatient.dispose();
    world.pass(Duration.ofSeconds(6));

    assertThat(got).hasSize(50).containsOnly(got.get(0));
    assertThat(ca.attempts).isEqualTo(1);
    assertThat(decided).containsExactly("shop.example.org");
    StepVerifier.create(manager.certificateOnDemand("shop.example.org"))
        .expectNext(got.get(0))
        .verifyComplete();
  }

  @Test
  void refusalsAreRememberedForAWhileAndTheMemoryIsBounded() {
    CertificateManager manager = manager(settings().withRefusals(100, Duration.ofMinutes(10)));
    for (int i = 0; i < 5; i++) {
      StepVerifier.create(manager.certificateOnDemand("bad.example.org")).verifyComplete();
    }
    assertThat(decided).hasSize(1);
    world.pass(Duration.ofMinutes(11));
    manager.certificateOnDemand("bad.example.org").subscribe();
    assertThat(decided).hasSize(2);

    for (int i = 0; i < 1000; i++) {
      manager.certificateOnDemand("n" + i + ".example.org").subscribe();
    }
    manager.certificateOnDemand("bad.example.org").subscribe();
    assertThat(decided).as("forgotten for newer ones").hasSize(1003);
    assertThat(ca.attempts).isZero();
  }

  @Test
  void whatIsNoNameOfAServerIsNotEvenDecidedOn() {
    CertificateManager manager = manager(settings());
    for (String name :
        List.of(
            "", "*.example.org", "192.0.2.1", "::1", "localhost", "a..b", "\u0000.org", "ß.de")) {
      StepVerifier.create(manager.certificateOnDemand(name)).verifyComplete();
    }
    assertThat(decided).isEmpty();
  }

  @Test
  void ordersAreBoundedInATime() {
    OnDemand all = OnDemand.when(name -> Mono.just(true)).withOrders(10, Duration.ofHours(1));
    CertificateManager manager = manager(all);
    for (int i = 0; i < 100; i++) {
      manager.certificateOnDemand("n" + i + ".example.org").subscribe();
    }
    world.pass(Duration.ofSeconds(5));
    assertThat(ca.attempts).isEqualTo(5);

    world.pass(Duration.ofHours(1));
    for (int i = 0; i < 100; i++) {
      manager.certificateOnDemand("n" + i + ".example.org").subscribe();
    }
    world.pass(Duration.ofSeconds(5));
    assertThat(ca.attempts).isEqualTo(10);
  }

  /** Whoever sends handshakes may send many. */
  @Test
  void handshakesInVainDoNotCostADecisionEach() {
    CertificateManager bounded = manager(settings().withOrders(1, Duration.ofHours(1)));
    CertificateManager broken =
        manager(
            OnDemand.when(
                name -> {
                  decided.add("broken");
                  return Mono.error(new IllegalStateException("no database"));
                }));
    bounded.certificateOnDemand("other.example.org").subscribe();
    decided.clear();
    for (int i = 0; i < 190; i++) {
      bounded.certificateOnDemand("shop.example.org").subscribe();
      broken.certificateOnDemand("shop.example.org").subscribe();
      world.pass(Duration.ofMillis(100));
    }
    assertThat(decided).hasSize(4);
    assertThat(ca.attempts).isEqualTo(1);
  }

  @Test
  void whatAnybodyCanCauseIsOneLineAMinute() {
    OneLine line = new OneLine();
    assertThat(line.times(world.now())).isEqualTo(1);
    for (int i = 0; i < 50; i++) {
      assertThat(line.times(world.now().plusSeconds(59))).isZero();
    }
    assertThat(line.times(world.now().plusSeconds(60))).isEqualTo(51);
    assertThat(line.times(world.now())).as("by a clock that was set back").isEqualTo(1);
  }

  @Test
  void aFailureIsToldAndTheNextHandshakesDoNotOrderAgainBeforeItsTime() {
    ca.orderly = issued -> Mono.error(new IllegalStateException("no"));
    CertificateManager manager = manager(settings());
    List<Throwable> errors = new ArrayList<>();
    manager.certificateOnDemand("shop.example.org").subscribe(c -> {}, errors::add);
    world.pass(Duration.ofSeconds(1));
    assertThat(errors).hasSize(1).first().extracting(Throwable::getMessage).isEqualTo("no");

    for (int i = 0; i < 20; i++) {
      manager.certificateOnDemand("shop.example.org").subscribe(c -> {}, errors::add);
      world.pass(Duration.ofSeconds(1));
    }
    assertThat(ca.attempts).isEqualTo(1);
    ca.orderly = issued -> issued;
    world.pass(Duration.ofMinutes(1));
    List<ManagedCertificate> got = new ArrayList<>();
    manager.certificateOnDemand("shop.example.org").subscribe(got::add);
    world.pass(Duration.ofSeconds(1));
    assertThat(got).hasSize(1);
  }

  @Test
  void aDecisionThatDoesNotComeIsNoAndKeepsWhatThereIs() {
    List<String> ends = new ArrayList<>();
    boolean[] decides = {false};
    OnDemand slow =
        OnDemand.when(name -> decides[0] ? Mono.just(true) : Mono.never())
            .withDecisionTime(Duration.ofSeconds(2));
    CertificateManager manager = manager(slow);
    manager
        .certificateOnDemand("shop.example.org")
        .doOnSuccess(found -> ends.add(found == null ? "none" : "one"))
        .subscribe();
    world.pass(Duration.ofSeconds(3));
    assertThat(ends).containsExactly("none");

    decides[0] = true;
    world.pass(Duration.ofSeconds(10));
    manager
        .certificateOnDemand("shop.example.org")
        .doOnSuccess(found -> ends.add(found == null ? "none" : "one"))
        .subscribe();
    world.pass(Duration.ofSeconds(3));
    assertThat(ends).as("that was not remembered for long").containsExactly("none", "one");

    decides[0] = false;
    manager.certificate("shop.example.org");
    world.pass(Duration.ofDays(34));
    assertThat(ca.orders).hasSize(2);
  }

  @Test
  void whoWaitsHearsOfTheFailureOfTheNodeThatOrdered() {
    ca.orderly =
        issued ->
            Mono.delay(Duration.ofSeconds(20), world.time)
                .then(Mono.error(new IllegalStateException("no such name")));
    manager(settings()).certificateOnDemand("shop.example.org").subscribe(c -> {}, e -> {});
    world.pass(Duration.ofSeconds(1));
    List<Throwable> errors = new ArrayList<>();
    manager(settings()).certificateOnDemand("shop.example.org").subscribe(c -> {}, errors::add);

    world.pass(Duration.ofSeconds(30));

    assertThat(errors).hasSize(1);
    assertThat(errors.get(0)).hasMessageContaining("no such name");
    assertThat(ca.attempts).isEqualTo(1);
  }

  @Test
  void whatAHandshakeWaitsForGoesBeforeWhatNobodyWaitsFor() {
    ca.orderly = issued -> Mono.delay(Duration.ofSeconds(5), world.time).then(issued);
    CertificateManager manager =
        world
            .builder(world.store)
            .authority(ca)
            .onDemand(settings())
            .newOrders(100, Duration.ofHours(1))
            .ordersInFlight(1)
            .build();
    manager
        .manage(
            IntStream.range(0, 100).mapToObj(i -> "n" + i + ".example.org").toArray(String[]::new))
        .subscribe();
    world.pass(Duration.ofSeconds(1));
    List<ManagedCertificate> got = new ArrayList<>();
    manager.certificateOnDemand("shop.example.org").subscribe(got::add);
    world.pass(Duration.ofSeconds(10));

    assertThat(got).hasSize(1);
    assertThat(ca.orders).hasSize(2);
  }

  @Test
  void aStoredOneIsUsedAfterARestart() {
    manager(settings()).certificateOnDemand("shop.example.org").subscribe();
    world.pass(Duration.ofSeconds(5));

    CertificateManager next = manager(settings());
    assertThat(next.certificate("shop.example.org")).isEmpty();
    List<ManagedCertificate> got = new ArrayList<>();
    next.certificateOnDemand("shop.example.org").subscribe(got::add);
    world.pass(Duration.ofSeconds(1));

    assertThat(got).hasSize(1);
    assertThat(ca.attempts).isEqualTo(1);
  }

  @Test
  void itIsRenewedForAsLongAsSomebodyAsksAndTheDecisionAllowsIt() {
    CertificateManager manager = manager(settings());
    manager.certificateOnDemand("shop.example.org").subscribe();
    manager.certificateOnDemand("other.example.org").subscribe();
    world.pass(Duration.ofSeconds(5));
    manager.certificate("shop.example.org");
    world.pass(Duration.ofDays(34));
    assertThat(ca.orders).as("the other was not asked for").hasSize(3);
    assertThat(manager.certificate("other.example.org")).isEmpty();
    assertThat(manager.certificate("shop.example.org")).isPresent();

    allowed = Set.of();
    world.pass(Duration.ofDays(34));
    assertThat(ca.orders).hasSize(3);
    assertThat(manager.certificate("shop.example.org")).isEmpty();
  }

  private ManagedCertificate asked(CertificateManager manager, String name) {
    List<ManagedCertificate> got = new ArrayList<>();
    manager.certificateOnDemand(name).subscribe(got::add, error -> {});
    world.pass(Duration.ofSeconds(5));
    return got.isEmpty() ? null : got.get(0);
  }

  @Test
  void aStoredOneThatIsDueIsServedAndRenewed() {
    Instant end = asked(manager(settings()), "shop.example.org").notAfter();
    ca.orderly = issued -> Mono.delay(Duration.ofMinutes(1), world.time).then(issued);
    world.pass(Duration.ofDays(34));

    CertificateManager next = manager(settings());
    assertThat(asked(next, "shop.example.org").notAfter()).isEqualTo(end);
    assertThat(next.certificate("shop.example.org")).as("for the handshake").isPresent();
    world.pass(Duration.ofMinutes(2));
    assertThat(next.certificate("shop.example.org").orElseThrow().notAfter())
        .isAfter(world.now().plus(Duration.ofDays(44)));
  }

  @Test
  void oneThatWasLetGoIsServedAgainWhenSomebodyAsks() {
    CertificateManager manager = manager(settings());
    asked(manager, "shop.example.org");
    world.pass(Duration.ofDays(34));
    assertThat(manager.certificate("shop.example.org")).isEmpty();

    assertThat(asked(manager, "shop.example.org")).isNotNull();
    assertThat(manager.certificate("shop.example.org").orElseThrow().notAfter())
        .isAfter(world.now().plus(Duration.ofDays(44)));
    assertThat(ca.orders).hasSize(2);
  }

  @Test
  void aStoredOneThatHasEndedIsAsNoneAndItsOrderIsBounded() {
    OnDemand two = OnDemand.when(name -> Mono.just(true)).withOrders(2, Duration.ofHours(1));
    List<String> names = List.of("a.example.org", "b.example.org", "c.example.org");
    CertificateManager before = manager(OnDemand.when(name -> Mono.just(true)));
    names.forEach(name -> asked(before, name));
    world.pass(Duration.ofDays(50));
    CertificateManager manager = manager(two);

    assertThat(asked(manager, "a.example.org").notAfter()).isAfter(world.now());
    assertThat(asked(manager, "b.example.org")).isNull();
    ca.orderly = issued -> Mono.error(new IllegalStateException("no"));
    world.pass(Duration.ofHours(1));
    assertThat(asked(manager, "c.example.org")).isNull();
    assertThat(manager.certificate("c.example.org")).isEmpty();
    assertThat(ca.attempts).isEqualTo(5);
  }
}
