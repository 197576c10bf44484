package io.github.certflux.manager;

import static io.github.certflux.manager.CertificateEvent.Kind.ENDS_SOON;
import static io.github.certflux.manager.CertificateEvent.Kind.EXPIRED;
import static io.github.certflux.manager.CertificateEvent.Kind.FAILED;
import static io.github.certflux.manager.CertificateEvent.Kind.FOUND;
import static io.github.certflux.manager.CertificateEvent.Kind.MOVED_UP;
import static io.github.certflux.manager.CertificateEvent.Kind.OBTAINED;
import static io.github.certflux.manager.CertificateEvent.Kind.RENEWED;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.OrderRequest;
import io.github.certflux.manager.World.Told;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Certificates kept valid by one node. */
class CertificateManagerTest {
  private final World world = new World();
  private final CheapCa ca = world.ca;

  @Test
  void nothingIsReadOrOrderedBeforeTheSubscription() {
    Flux<CertificateEvent> events = world.manager().manage("a.example.org");
    world.pass(Duration.ofDays(1));
    assertThat(ca.attempts).isZero();

    Told told = new Told(events);
    world.pass(Duration.ofMinutes(1));

    assertThat(told.kinds()).containsExactly(OBTAINED);
  }

  @Test
  void aNameHasItsCertificateUntilItIsRenewedAndThenTheNewOne() {
    CertificateManager manager = world.manager();
    Told told = new Told(manager.manage("a.example.org", "*.b.example.org"));
    world.pass(Duration.ofMinutes(1));

    assertThat(told.kinds()).containsExactly(OBTAINED, OBTAINED);
    ManagedCertificate first = manager.certificate("A.example.org.").orElseThrow();
    assertThat(manager.certificate("x.b.example.org").orElseThrow().names())
        .containsExactly("*.b.example.org");
    assertThat(manager.certificate("x.y.b.example.org")).isEmpty();
    assertThat(manager.certificate("b.example.org")).isEmpty();
    assertThat(manager.certificate("..\u0000")).isEmpty();

    world.pass(Duration.ofDays(29));
    assertThat(manager.certificate("a.example.org")).containsSame(first);
    world.pass(Duration.ofDays(4));

    assertThat(told.kinds()).containsExactly(OBTAINED, OBTAINED, RENEWED, RENEWED);
    assertThat(manager.certificate("a.example.org").orElseThrow()).isNotSameAs(first);
    assertThat(ca.orders.get(2).replaces()).isPresent();
    assertThat(ca.orders).hasSize(4);
  }

  @Test
  void aRestartUsesWhatIsStoredAndOrdersNothing() {
    for (int i = 0; i < 20; i++) {
      CertificateManager manager = world.manager();
      Told told = new Told(manager.manage("a.example.org"));
      world.pass(Duration.ofSeconds(10));

      assertThat(told.kinds()).containsExactly(i == 0 ? OBTAINED : FOUND);
      assertThat(manager.certificate("a.example.org")).isPresent();
      manager.disposeLater().subscribe();
    }
    assertThat(ca.attempts).isEqualTo(1);
  }

  @Test
  void failuresBackOffAlsoOverRestarts() {
    ca.orderly = issued -> Mono.error(new IllegalStateException("no"));
    Told told = new Told(world.manager().manage("a.example.org"));
    world.pass(Duration.ofMinutes(13));
    assertThat(ca.attempts).isEqualTo(3);
    assertThat(told.kinds()).containsExactly(FAILED, FAILED, FAILED);
    told.subscription.dispose();

    Told after = new Told(world.manager().manage("a.example.org"));
    world.pass(Duration.ofMinutes(80));
    assertThat(ca.attempts).isEqualTo(3);
    world.pass(Duration.ofMinutes(30));
    assertThat(ca.attempts).isEqualTo(4);
    assertThat(after.last().next().orElseThrow()).isBefore(world.now().plus(Duration.ofDays(1)));
    world.pass(Duration.ofDays(10));
    assertThat(ca.attempts).isBetween(13, 16);
  }

  @Test
  void aCertificateThatCanNotBeRenewedIsToldToEndAndUsedOn() {
    CertificateManager manager = world.manager();
    Told told = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofMinutes(1));
    ca.orderly = issued -> Mono.error(new IllegalStateException("no"));

    world.pass(Duration.ofDays(50));

    assertThat(told.kinds()).contains(OBTAINED, FAILED, ENDS_SOON, EXPIRED);
    assertThat(told.kinds().stream().filter(k -> k == ENDS_SOON || k == EXPIRED)).hasSize(2);
    assertThat(manager.certificate("a.example.org")).isPresent();

    ca.orderly = issued -> issued;
    world.pass(Duration.ofDays(1));
    assertThat(told.last().kind()).isEqualTo(RENEWED);
  }

  @Test
  void theCaMovesTheRenewalUp() {
    ca.ari =
        issued ->
            CheapCa.window(
                issued.plus(Duration.ofDays(28)),
                issued.plus(Duration.ofDays(29)),
                Duration.ofHours(6));
    Told told = new Told(world.manager().manage("a.example.org"));
    world.pass(Duration.ofDays(10));
    assertThat(ca.checks).isBetween(30, 45);
    Instant day10 = world.now();
    ca.ari =
        issued ->
            issued.isAfter(day10)
                ? CheapCa.window(
                    issued.plus(Duration.ofDays(28)),
                    issued.plus(Duration.ofDays(29)),
                    Duration.ofHours(6))
                : CheapCa.window(day10, day10.plus(Duration.ofHours(12)), Duration.ofHours(6));

    world.pass(Duration.ofHours(20));

    assertThat(told.kinds()).containsExactly(OBTAINED, MOVED_UP, RENEWED);
    world.pass(Duration.ofDays(20));
    assertThat(ca.orders).hasSize(2);
  }

  @Test
  void whateverRenewalInfoSaysTheCertificateIsRenewedInTimeAndNotAllTheTime() {
    Instant start = world.now();
    CertificateManager manager = world.manager();
    Told told = new Told(manager.manage("a.example.org"));

    ca.ari = issued -> CheapCa.window(start.plusSeconds(1), start.plusSeconds(2), Duration.ZERO);
    world.pass(Duration.ofDays(30));
    assertThat(ca.orders).as("always in the past").hasSizeBetween(29, 32);

    ca.orders.clear();
    ca.times.clear();
    told.subscription.dispose();
    World fresh = new World();
    fresh.ca.ari =
        issued ->
            CheapCa.window(
                Instant.parse("2126-01-01T00:00:00Z"),
                Instant.parse("2126-01-02T00:00:00Z"),
                Duration.ofDays(5000));
    new Told(fresh.manager().manage("a.example.org"));
    fresh.pass(Duration.ofDays(100));
    assertThat(fresh.ca.orders).as("in a hundred years").hasSize(4);

    World backwards = new World();
    backwards.ca.ari =
        issued -> CheapCa.window(issued.plusSeconds(9), issued.plusSeconds(8), Duration.ZERO);
    new Told(backwards.manager().manage("a.example.org"));
    backwards.pass(Duration.ofDays(100));
    assertThat(backwards.ca.orders).as("ends before it starts").hasSize(4);
  }

  @Test
  void severalNamesShareACertificateAndProfilesAreKept() {
    CertificateManager manager =
        world.builder(world.store).authority(ca).each(r -> r.withProfile("shortlived")).build();
    OrderRequest both = OrderRequest.of("b.example.org", "a.example.org").withProfile("classic");
    new Told(manager.manage(List.of(both)));
    new Told(manager.manage("c.example.org"));
    world.pass(Duration.ofMinutes(1));

    assertThat(manager.certificate("a.example.org"))
        .isEqualTo(manager.certificate("b.example.org"))
        .isPresent();
    assertThat(ca.orders)
        .extracting(r -> r.profile().orElseThrow())
        .containsExactlyInAnyOrder("classic", "shortlived");
  }
}
