package io.github.certflux.manager;

import static io.github.certflux.manager.CertificateEvent.Kind.FAILED;
import static io.github.certflux.manager.CertificateEvent.Kind.FOUND;
import static io.github.certflux.manager.CertificateEvent.Kind.RENEWED;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.manager.World.Told;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/**
 * Clocks that are wrong, or differ between nodes, cost neither orders without end nor a renewal.
 */
class WrongClockTest {
  private final World world = new World();
  private final CheapCa ca = world.ca;

  private CertificateManager ahead(Duration by) {
    return world
        .builder(world.store)
        .authority(ca)
        .timer(new JumpingClock(world.time, by))
        .random(new Random(2))
        .build();
  }

  @Test
  void aClockThatJumpsAYearAheadAndBackDelaysNothing() {
    CertificateManager manager = world.manager();
    Told told = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofMinutes(1));
    ca.ari =
        issued ->
            CheapCa.window(
                issued.plus(Duration.ofDays(29)),
                issued.plus(Duration.ofDays(30)),
                Duration.ofHours(6));
    CertificateManager wrong = ahead(Duration.ofDays(365));
    ca.orderly = issued -> Mono.error(new IllegalStateException("certificate not yet valid"));
    Told fast = new Told(wrong.manage("a.example.org"));
    world.pass(Duration.ofMinutes(5));
    assertThat(fast.kinds()).contains(FOUND, FAILED);
    wrong.disposeLater().subscribe();
    ca.orderly = issued -> issued;

    world.pass(Duration.ofDays(31));

    assertThat(told.last().kind()).isEqualTo(RENEWED);
    assertThat(manager.certificate("a.example.org").orElseThrow().notAfter())
        .isAfter(world.now().plus(Duration.ofDays(40)));
  }

  @ParameterizedTest
  @ValueSource(ints = {33, 40, 400})
  void whatIsDueWhenItComesIsOrderedAfterAWait(int days) {
    Told told = new Told(ahead(Duration.ofDays(days)).manage("a.example.org"));
    world.pass(Duration.ofHours(12));
    assertThat(told.events).isNotEmpty();
    assertThat(ca.attempts).as("at once, after 1, 10, 100 minutes").isBetween(3, 4);

    world.pass(Duration.ofDays(20));
    assertThat(ca.attempts).as("and then each day").isBetween(20, 26);
  }

  @Test
  void aRestartDoesNotOrderAgainWhatWasDueWhenItCame() {
    for (int i = 0; i < 20; i++) {
      CertificateManager manager = ahead(Duration.ofDays(40));
      new Told(manager.manage("a.example.org"));
      world.pass(Duration.ofSeconds(1));
      manager.disposeLater().subscribe();
    }
    assertThat(ca.attempts).isEqualTo(1);
  }

  /** A window that is always past, as of a CA that revokes all: an order a day, by each node. */
  @Test
  void aNodeThatIsAheadFollowsAWindowThatIsPastOnceADay() {
    Instant start = world.now();
    ca.ari = issued -> CheapCa.window(start, start.plusSeconds(2), Duration.ofHours(6));
    new Told(world.manager().manage("a.example.org"));
    new Told(ahead(Duration.ofDays(3)).manage("a.example.org"));
    world.pass(Duration.ofDays(20));

    assertThat(ca.attempts).isBetween(15, 45);
  }

  /** A CA that backdates and whose windows are always past, and nodes that ordered none of it. */
  @Test
  void whatAnotherNodeHasOrderedAMomentAgoIsNotOrderedAgain() {
    Instant start = world.now();
    ca.ahead = Duration.ofDays(-3);
    ca.ari = issued -> Mono.never();
    CertificateManager first = world.manager();
    new Told(first.manage("a.example.org"));
    world.pass(Duration.ofMinutes(1));
    first.disposeLater().block();
    ca.ari = issued -> CheapCa.window(start, start.plusSeconds(2), Duration.ofHours(6));
    for (int node = 0; node < 5; node++) {
      new Told(
          world
              .builder(world.store)
              .authority(ca)
              .random(new Random(node))
              .build()
              .manage("a.example.org"));
    }
    world.pass(Duration.ofHours(12));
    assertThat(ca.attempts).isEqualTo(1);

    world.pass(Duration.ofDays(5));
    assertThat(ca.attempts).as("once a day").isBetween(4, 7);
  }

  @Test
  void nodesWhoseClocksDifferDoNotAskTheCaInTurns() {
    ca.ari =
        issued ->
            CheapCa.window(
                issued.plus(Duration.ofDays(29)),
                issued.plus(Duration.ofDays(30)),
                Duration.ofHours(6));
    Told told = new Told(world.manager().manage("a.example.org"));
    new Told(ahead(Duration.ofDays(4)).manage("a.example.org"));
    world.pass(Duration.ofDays(10));
    assertThat(ca.checks).isBetween(30, 130);
    assertThat(ca.attempts).isEqualTo(1);

    world.pass(Duration.ofDays(21));
    assertThat(ca.attempts).isEqualTo(2);
    assertThat(told.last().kind()).isEqualTo(RENEWED);
  }

  @Test
  void nodesWhoseClocksDifferDoNotFailInTurns() {
    ca.orderly = issued -> Mono.error(new IllegalStateException("no"));
    new Told(world.manager().manage("a.example.org"));
    new Told(ahead(Duration.ofDays(30)).manage("a.example.org"));
    world.pass(Duration.ofDays(10));

    assertThat(ca.attempts).isLessThan(60);
  }

  @Test
  void aClockThatIsSetBackDelaysNothing() {
    JumpingClock clock = new JumpingClock(world.time, Duration.ZERO);
    CertificateManager manager = world.builder(world.store).authority(ca).timer(clock).build();
    new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofMinutes(1));
    ca.orderly = issued -> Mono.error(new IllegalStateException("not valid yet"));
    clock.ahead = Duration.ofDays(365);
    world.pass(Duration.ofHours(5));
    clock.ahead = Duration.ZERO;
    ca.orderly = issued -> issued;

    world.pass(Duration.ofDays(44));

    assertThat(manager.certificate("a.example.org").orElseThrow().notAfter())
        .isAfter(world.now().plus(Duration.ofDays(20)));
  }

  @Test
  void aClockThatIsSetBackHoldsNoOrdersUp() {
    JumpingClock clock = new JumpingClock(world.time, Duration.ofDays(365));
    CertificateManager manager =
        world
            .builder(world.store)
            .authority(ca)
            .timer(clock)
            .newOrders(4, Duration.ofHours(1))
            .build();
    ca.orderly = issued -> Mono.error(new IllegalStateException("not valid yet"));
    for (int i = 0; i < 12; i++) {
      new Told(manager.manage("n" + i + ".example.org"));
    }
    world.pass(Duration.ofSeconds(5));
    assertThat(ca.attempts).isBetween(1, 4);
    clock.ahead = Duration.ZERO;
    ca.orderly = issued -> issued;

    world.pass(Duration.ofHours(6));

    assertThat(ca.orders).hasSize(12);
  }

  @Test
  void aClockThatIsSetBackRefusesNoHandshake() {
    JumpingClock clock = new JumpingClock(world.time, Duration.ofDays(365));
    List<String> decided = new ArrayList<>();
    OnDemand settings =
        OnDemand.when(
                name -> {
                  decided.add(name);
                  return Mono.just(!name.startsWith("no"));
                })
            .withOrders(1, Duration.ofHours(1));
    CertificateManager manager =
        world.builder(world.store).authority(ca).timer(clock).onDemand(settings).build();
    ca.orderly = issued -> Mono.error(new IllegalStateException("not valid yet"));
    List<String> names = List.of("no.example.org", "a.example.org");
    names.forEach(name -> manager.certificateOnDemand(name).subscribe(c -> {}, e -> {}));
    world.pass(Duration.ofSeconds(5));
    assertThat(ca.attempts).isEqualTo(1);
    clock.ahead = Duration.ZERO;
    ca.orderly = issued -> issued;

    List.of("no.example.org", "b.example.org")
        .forEach(name -> manager.certificateOnDemand(name).subscribe());
    world.pass(Duration.ofSeconds(5));

    assertThat(decided)
        .containsExactly("no.example.org", "a.example.org", "no.example.org", "b.example.org");
    assertThat(manager.certificate("b.example.org")).isPresent();
  }
}
