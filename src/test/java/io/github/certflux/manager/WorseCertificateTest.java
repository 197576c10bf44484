package io.github.certflux.manager;

import static io.github.certflux.manager.CertificateEvent.Kind.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.OrderRequest;
import io.github.certflux.manager.World.Told;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

/** What a CA hands out is not taken for better than what there is because it comes later. */
class WorseCertificateTest {
  private static final Duration LIFETIME = World.LIFETIME;
  private final World world = new World();
  private final CheapCa ca = world.ca;

  /** What another has issued is renewed after thirty days: by one that has ended, and so on. */
  @ParameterizedTest
  @CsvSource({"-P46D, P45D", "-P44D, P45D", "PT0S, PT10S", "PT0S, -PT1H", "P365D, P45D"})
  void aRenewalThatIsWorseLeavesTheGoodOneInUse(Duration ahead, Duration lifetime)
      throws Exception {
    CertificateManager manager = world.manager();
    Authority.Issued good = world.second.issued(OrderRequest.of("a.example.org"));
    manager.importCertificate(good.chain(), good.key(), Optional.empty()).block();
    Told told = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofDays(29));
    Instant end = manager.certificate("a.example.org").orElseThrow().notAfter();
    ca.ahead = ahead;
    ca.lifetime = lifetime;
    world.pass(Duration.ofDays(4));

    assertThat(told.last().kind()).isEqualTo(FAILED);
    assertThat(told.last().error().orElseThrow()).hasMessageContaining("worse than the one");
    assertThat(ca.attempts).isBetween(4, 8);
    assertThat(manager.certificate("a.example.org").orElseThrow().notAfter()).isEqualTo(end);
    Told restarted = new Told(world.manager().manage("a.example.org"));
    world.pass(Duration.ofSeconds(5));
    assertThat(restarted.last().certificate().orElseThrow().notAfter()).isEqualTo(end);

    ca.ahead = Duration.ZERO;
    ca.lifetime = LIFETIME;
    world.pass(Duration.ofDays(2));
    assertThat(manager.certificate("a.example.org").orElseThrow().notAfter()).isAfter(end);
  }

  @Test
  void aNodeWhoseClockIsBehindRenewsBeforeTheEnd() {
    CertificateManager behind =
        world
            .builder(world.store)
            .authority(ca)
            .timer(new JumpingClock(world.time, Duration.ofHours(-5)))
            .build();
    new Told(behind.manage("a.example.org"));
    for (int day = 0; day < 100; day++) {
      world.pass(Duration.ofDays(1));
      assertThat(behind.certificate("a.example.org").orElseThrow().notAfter()).isAfter(world.now());
    }
  }

  @Test
  void whatWasIssuedByAClockThatWasAheadCanBeRenewed() {
    ca.ahead = Duration.ofDays(365);
    CertificateManager manager = world.manager();
    new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofDays(1));
    ca.ahead = Duration.ZERO;
    manager.renewNow("a.example.org").subscribe();
    world.pass(Duration.ofMinutes(1));

    assertThat(manager.certificate("a.example.org").orElseThrow().validity().from())
        .isBefore(world.now());
    assertThat(ca.attempts).isEqualTo(2);
  }

  @Test
  void anImportThatIsNotValidYetReplacesNoneThatIs() throws Exception {
    CertificateManager manager = world.manager();
    new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofDays(1));
    ca.ahead = Duration.ofDays(365);
    Authority.Issued early = ca.issued(OrderRequest.of("a.example.org"));
    ca.ahead = Duration.ZERO;

    Mono<Boolean> imported =
        manager.importCertificate(early.chain(), early.key(), Optional.empty());
    assertThat(imported.block()).isFalse();
    world.pass(Duration.ofDays(50));
    assertThat(imported.block()).as("while there is another").isFalse();
  }

  /** They are of no use to anybody. */
  @ParameterizedTest
  @CsvSource({"PT0S, PT2S", "PT0S, -PT1H", "-P2D, P1D"})
  void certificatesOfAMomentAreNotOrderedEachMoment(Duration ahead, Duration lifetime) {
    ca.ahead = ahead;
    ca.lifetime = lifetime;
    new Told(world.manager().manage("a.example.org"));
    world.pass(Duration.ofHours(12));
    assertThat(ca.attempts).isBetween(3, 14);
  }

  @Test
  void certificatesOfAMomentHurryNoOtherCa() {
    ca.lifetime = Duration.ofSeconds(2);
    world.second.orderly = issued -> Mono.error(new IllegalStateException("down"));
    new Told(
        world.builder(world.store).authority(ca).authority(world.second).build().manage("a.org"));
    world.pass(Duration.ofHours(12));
    assertThat(world.second.attempts).isBetween(3, 4);
  }

  @Test
  void certificatesOfAMinuteAreKeptValidAndSoonAgainAfterAnOutage() {
    ca.lifetime = Duration.ofMinutes(1);
    CertificateManager manager = world.manager();
    new Told(manager.manage("a.example.org"));
    for (int second = 0; second < 300; second++) {
      world.pass(Duration.ofSeconds(1));
      assertThat(manager.certificate("a.example.org").orElseThrow().notAfter())
          .isAfter(world.now());
    }
    ca.orderly = issued -> Mono.error(new IllegalStateException("down"));
    world.pass(Duration.ofMinutes(20));
    assertThat(ca.attempts).as("seconds apart, and minutes once it has ended").isBetween(20, 45);
    ca.orderly = issued -> issued;
    world.pass(Duration.ofMinutes(4));
    assertThat(manager.certificate("a.example.org").orElseThrow().notAfter()).isAfter(world.now());
  }
}
