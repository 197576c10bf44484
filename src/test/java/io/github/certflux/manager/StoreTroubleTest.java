package io.github.certflux.manager;

import static io.github.certflux.manager.CertificateEvent.Kind.ENDS_SOON;
import static io.github.certflux.manager.CertificateEvent.Kind.EXPIRED;
import static io.github.certflux.manager.CertificateEvent.Kind.FAILED;
import static io.github.certflux.manager.CertificateEvent.Kind.OBTAINED;
import static io.github.certflux.manager.CertificateEvent.Kind.RENEWED;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.manager.World.Told;
import io.github.certflux.store.StoreException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A store that fails, or tells nothing, while certificates are kept valid on it. */
class StoreTroubleTest {
  private final World world = new World();
  private final CheapCa ca = world.ca;
  private final FailingStore store = new FailingStore(world.store);
  private final CertificateManager manager = node(1);

  private CertificateManager node(int seed) {
    return world.builder(store).authority(ca).random(new Random(seed)).build();
  }

  @Test
  void thatIsDownForAWhileCostsNoOrderAndNoCertificate() {
    ca.orderly =
        issued ->
            issued.delayElement(Duration.ofSeconds(3), world.time).doOnNext(i -> store.down = true);
    Told told = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofSeconds(20));
    assertThat(told.kinds()).as("in use before it is stored").containsExactly(OBTAINED);
    assertThat(manager.certificate("a.example.org")).isPresent();
    store.down = false;
    world.pass(Duration.ofSeconds(5));

    assertThat(told.kinds()).containsExactly(OBTAINED);
    assertThat(ca.attempts).isEqualTo(1);

    store.down = true;
    world.pass(Duration.ofDays(10));
    assertThat(manager.certificate("a.example.org")).isPresent();
    store.down = false;
    ca.orderly = issued -> issued;
    world.pass(Duration.ofDays(24));
    assertThat(told.last().kind()).isEqualTo(RENEWED);
    assertThat(ca.attempts).isEqualTo(2);
  }

  @Test
  void thatIsDownForADayIsWaitedForWithWhatWasIssued() {
    ca.orderly = issued -> issued.doOnNext(i -> store.down = true);
    Told told = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofDays(1));
    store.down = false;
    world.pass(Duration.ofMinutes(1));

    assertThat(told.kinds()).containsExactly(OBTAINED);
    assertThat(ca.attempts).isEqualTo(1);
    assertThat(store.list("certificates").collectList().block()).hasSize(3);
  }

  /** As where the order's journal can't be written, after the order. */
  @Test
  void thatFailsInEachOrderIsNoReasonToOrderAllTheTime() {
    ca.orderly = issued -> Mono.error(new StoreException("orders/a.pem", "read-only", null));
    Told told = new Told(manager.manage("a.example.org"));
    new Told(manager.manage("b.example.org"));
    world.pass(Duration.ofHours(2));

    assertThat(told.kinds()).containsExactly(FAILED);
    assertThat(ca.attempts).as("of two names").isLessThan(140);
  }

  @Test
  void theEndOfACertificateIsToldAlsoWhileItIsDown() {
    Told told = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofDays(20));
    store.down = true;
    world.pass(Duration.ofDays(26));

    assertThat(told.kinds()).containsOnlyOnce(ENDS_SOON, EXPIRED);
  }

  @Test
  void aLeaseThatIsLostDropsNoCertificate() {
    ca.orderly =
        issued ->
            issued.doOnNext(
                i -> {
                  store.fails = path -> path.startsWith("certificates/");
                  store.losesLeases = true;
                });
    Told told = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofSeconds(15));
    assertThat(manager.certificate("a.example.org")).as("in use").isPresent();
    store.fails = path -> false;
    store.losesLeases = false;
    world.pass(Duration.ofMinutes(1));

    assertThat(ca.attempts).isEqualTo(1);
    assertThat(told.kinds()).containsExactly(OBTAINED);
    assertThat(store.list("certificates").collectList().block()).hasSize(3);
  }

  @Test
  void whatAnotherHasStoredMeanwhileIsTakenInsteadOfWhatIsInHand() {
    ca.orderly = issued -> issued.doOnNext(i -> store.down = true);
    Told told = new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofSeconds(1));
    ca.orderly = issued -> issued;
    CertificateManager other = world.manager();
    new Told(other.manage("a.example.org"));
    world.pass(Duration.ofMinutes(2));
    store.down = false;
    world.pass(Duration.ofMinutes(1));

    assertThat(told.kinds()).containsExactly(OBTAINED, RENEWED);
    assertThat(manager.certificate("a.example.org").orElseThrow().chain())
        .isEqualTo(other.certificate("a.example.org").orElseThrow().chain());
  }

  @Test
  void changesReachANodeThatIsToldNothingWithinAMinute() {
    for (Flux<String> silent :
        java.util.List.<Flux<String>>of(
            Flux.never(), Flux.empty(), Flux.error(new IllegalStateException("no LISTEN")))) {
      store.hints = silent;
      CertificateManager deaf = node(2);
      Told told = new Told(deaf.manage("a.example.org"));
      world.pass(Duration.ofMinutes(5));
      int before = told.events.size();

      world.manager().renewNow("a.example.org").subscribe();
      CertificateManager hears = world.manager();
      Told heard = new Told(hears.manage("a.example.org"));
      world.pass(Duration.ofSeconds(1));
      assertThat(heard.last().kind()).isEqualTo(RENEWED);
      world.pass(Duration.ofMinutes(1));
      assertThat(told.kinds().subList(before, told.events.size())).containsExactly(RENEWED);
      heard.subscription.dispose();
      told.subscription.dispose();
    }
  }

  @Test
  void hintsThatBreakAreAskedForAgainAndNotAllTheTime() {
    AtomicInteger asked = new AtomicInteger();
    store.hints =
        Flux.defer(
            () ->
                asked.incrementAndGet() == 100
                    ? world.store.changes("certificates")
                    : Flux.error(new IllegalStateException("no")));
    new Told(manager.manage("a.example.org"));
    world.pass(Duration.ofHours(1));
    assertThat(asked.get()).isBetween(50, 130);
    world.pass(Duration.ofHours(1));
    assertThat(asked.get()).isEqualTo(100);
  }
}
