package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.internal.Timing;
import io.github.certflux.internal.UnderWay;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.ForwardingLease;
import io.github.certflux.store.ForwardingStore;
import io.github.certflux.store.Lease;
import io.github.certflux.store.MemoryStore;
import java.net.URI;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** How long what a client works on stays its own when it is gone. */
class SeatsTest {
  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final MemoryStore store = MemoryStore.create(time);

  private Seats seats(Duration term, VirtualTimeScheduler timer) {
    return seats(store, term, timer);
  }

  private static Seats seats(AcmeStore store, Duration term, VirtualTimeScheduler timer) {
    return new Seats(store, "ca", term, new Timing(timer, new Random(1)), new UnderWay());
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5, 30, 600})
  void aSeatIsFreeWhenTheTermOfAClientThatIsGoneHasPassed(int seconds) {
    Duration term = Duration.ofSeconds(seconds);
    VirtualTimeScheduler stopped = VirtualTimeScheduler.create();
    String mark = seats(term, stopped).mark().block();
    Seats other = seats(term, time);

    time.advanceTimeBy(term.minusSeconds(1));
    assertThat(other.isOrphan(mark).block()).isFalse();
    time.advanceTimeBy(Duration.ofSeconds(2));
    assertThat(other.isOrphan(mark).block()).isTrue();
  }

  @Test
  void aSeatIsKeptAsLongAsItsClientLives() {
    String mark = seats(Duration.ofSeconds(3), time).mark().block();
    Seats other = seats(Duration.ofSeconds(3), time);

    time.advanceTimeBy(Duration.ofMinutes(10));
    assertThat(other.isOrphan(mark).block()).isFalse();
  }

  /** On a connection that is lost without a sign, while the next one works. */
  @Test
  void aRenewalThatHangsCostsNoSeat() {
    AtomicInteger renewals = new AtomicInteger();
    AcmeStore hanging =
        new ForwardingStore(store) {
          @Override
          public Mono<Lease> tryAcquire(String path, Duration term) {
            return store
                .tryAcquire(path, term)
                .map(
                    held ->
                        new ForwardingLease(held) {
                          @Override
                          public Mono<Void> renew() {
                            return Mono.defer(
                                () ->
                                    renewals.incrementAndGet() % 2 == 1
                                        ? Mono.never()
                                        : lease.renew());
                          }
                        });
          }
        };
    String mark = seats(hanging, Duration.ofSeconds(3), time).mark().block();
    Seats other = seats(Duration.ofSeconds(3), time);

    for (int i = 0; i < 100; i++) {
      time.advanceTimeBy(Duration.ofMillis(100));
      assertThat(other.isOrphan(mark).block()).isFalse();
    }
    assertThat(renewals).hasValueGreaterThan(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT2.999S", "PT10M0.001S", "-PT30S"})
  void aTermThatNoLeaseCanHaveIsRefused(Duration term) {
    AcmeClientBuilder builder = AcmeClient.builder(URI.create("https://ca.example/directory"));

    assertThatThrownBy(() -> builder.leaseTerm(term))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 seconds to 10 minutes");
  }
}
