package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static io.github.certflux.store.StoreUnderTest.TERM;
import static io.github.certflux.store.StoreUnderTest.await;
import static io.github.certflux.store.StoreUnderTest.text;
import static io.github.certflux.store.StoreUnderTest.utf8;
import static io.github.certflux.store.StoreUnderTest.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** What every store does with leases. */
interface LeaseContract extends StoreUnderTest {

  @Test
  default void oneHoldsIt() {
    Lease lease = await(open().acquire("a/b", TERM));

    assertThat(lease.path()).isEqualTo("a/b");
    StepVerifier.create(open().tryAcquire("a/b", TERM)).expectComplete().verify(PATIENCE);
    assertThat(await(open().tryAcquire("a", TERM)).path()).isEqualTo("a");
    assertThat(await(open().tryAcquire("a/b/c", TERM)).path()).isEqualTo("a/b/c");
  }

  @Test
  default void itIsNotARecord() {
    AcmeStore store = open();
    await(store.acquire("a", TERM));
    write(store, "a", "1");
    await(store.acquire("b/c", TERM));
    write(store, "b", "2");

    assertThat(open().list("").collectList().block(PATIENCE)).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  default void theTokenOfALaterHolderIsHigher() {
    long last = -1;
    for (int i = 0; i < 5; i++) {
      AcmeStore store = open();
      Lease lease = await(store.acquire("a", TERM));
      assertThat(lease.token()).isGreaterThan(last);
      last = lease.token();
      if (i % 2 == 0) {
        lease.release().block(PATIENCE);
      } else {
        pass(TERM.multipliedBy(2));
      }
    }
  }

  @Test
  default void whoWaitsGetsItOnRelease() {
    AcmeStore store = open();
    Lease first = await(store.acquire("a", TERM));
    AtomicReference<Lease> second = new AtomicReference<>();
    store.acquire("a", TERM).subscribe(second::set);
    AtomicReference<Lease> elsewhere = new AtomicReference<>();
    open().acquire("a", TERM).subscribe(elsewhere::set);
    assertThat(second).hasNullValue();

    first.release().block(PATIENCE);
    pass(Duration.ofSeconds(1));
    Lease got = second.get() == null ? elsewhere.get() : second.get();
    assertThat(got).isNotNull();
    assertThat(second.get() == null || elsewhere.get() == null).isTrue();

    got.release().block(PATIENCE);
    pass(Duration.ofSeconds(1));
    assertThat(second).doesNotHaveNullValue();
    assertThat(elsewhere).doesNotHaveNullValue();
  }

  @Test
  default void thoseWhoWaitInOneProcessGetItInTurn() {
    AcmeStore store = open();
    Lease first = await(store.acquire("a", TERM));
    List<Integer> turns = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      int turn = i;
      store
          .acquire("a", TERM)
          .doOnNext(lease -> turns.add(turn))
          .flatMap(Lease::release)
          .subscribe();
    }

    first.release().block(PATIENCE);
    pass(Duration.ofSeconds(1));

    assertThat(turns).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  }

  @Test
  default void aTermThatEndsFreesIt() {
    Lease lost = await(open().acquire("a", TERM));
    AtomicReference<Lease> next = new AtomicReference<>();
    open().acquire("a", TERM).subscribe(next::set);

    pass(TERM.minusSeconds(5));
    assertThat(next).hasNullValue();
    pass(Duration.ofSeconds(6));
    assertThat(next).doesNotHaveNullValue();

    StepVerifier.create(lost.renew()).expectError(StoreConflictException.class).verify(PATIENCE);
    lost.release().block(PATIENCE);
    StepVerifier.create(open().tryAcquire("a", TERM)).expectComplete().verify(PATIENCE);
    next.get().renew().block(PATIENCE);
  }

  @Test
  default void renewalKeepsIt() {
    Lease lease = await(open().acquire("a", TERM));
    AtomicReference<Lease> next = new AtomicReference<>();
    open().acquire("a", TERM).subscribe(next::set);

    for (int i = 0; i < 5; i++) {
      pass(TERM.dividedBy(2));
      lease.renew().block(PATIENCE);
      assertThat(next).hasNullValue();
    }
    StepVerifier.create(open().tryAcquire("a", TERM)).expectComplete().verify(PATIENCE);

    pass(TERM.plusSeconds(1));
    assertThat(next).doesNotHaveNullValue();
  }

  @Test
  default void renewalIsNotTooLateWhileNobodyTookIt() {
    Lease lease = await(open().acquire("a", TERM));
    pass(TERM.multipliedBy(2));

    lease.renew().block(PATIENCE);

    StepVerifier.create(open().tryAcquire("a", TERM)).expectComplete().verify(PATIENCE);
  }

  @Test
  default void writesUnderALostLeaseAreRefused() {
    AcmeStore store = open();
    Lease lost = await(store.acquire("a", TERM));
    StoreRecord record = await(store.write("journal", utf8("1"), Condition.absent().under(lost)));
    pass(TERM.multipliedBy(2));
    await(store.write("journal", utf8("2"), Condition.none().under(lost)));
    Lease held = await(open().acquire("a", TERM));

    for (Condition stale :
        List.of(
            Condition.none().under(lost),
            Condition.unchanged(record).under(lost),
            Condition.absent().under(lost))) {
      StepVerifier.create(store.write("journal", utf8("3"), stale))
          .expectErrorSatisfies(
              error ->
                  assertThat(error)
                      .isInstanceOf(StoreConflictException.class)
                      .hasMessageContaining("no longer held"))
          .verify(PATIENCE);
      StepVerifier.create(store.delete("journal", stale))
          .expectError(StoreConflictException.class)
          .verify(PATIENCE);
    }
    assertThat(text(store, "journal")).isEqualTo("2");
    await(open().write("journal", utf8("4"), Condition.none().under(held)));
  }

  @Test
  default void writesUnderAReleasedLeaseAreRefused() {
    AcmeStore store = open();
    Lease released = await(store.acquire("a", TERM));
    released.release().block(PATIENCE);

    StepVerifier.create(store.write("journal", utf8("1"), Condition.none().under(released)))
        .expectError(StoreConflictException.class)
        .verify(PATIENCE);
    StepVerifier.create(released.renew())
        .expectError(StoreConflictException.class)
        .verify(PATIENCE);
  }

  @Test
  default void bothTheLeaseAndTheRecordMustBeAsSaid() {
    AcmeStore store = open();
    Lease lease = await(store.acquire("a", TERM));
    StoreRecord old = write(store, "journal", "1");
    write(store, "journal", "2");

    StepVerifier.create(store.write("journal", utf8("3"), Condition.unchanged(old).under(lease)))
        .expectErrorMessage("journal was changed since it was read")
        .verify(PATIENCE);
  }

  @Test
  default void releasingTwiceDoesNotReleaseTheNextHolders() {
    AcmeStore store = open();
    Lease first = await(store.acquire("a", TERM));
    Mono<Void> release = first.release();
    release.block(PATIENCE);
    Lease second = await(store.acquire("a", TERM));

    release.block(PATIENCE);
    first.release().block(PATIENCE);

    StepVerifier.create(open().tryAcquire("a", TERM)).expectComplete().verify(PATIENCE);
    second.renew().block(PATIENCE);
  }

  @Test
  default void nothingIsTakenBeforeItIsAskedFor() {
    AcmeStore store = open();
    Mono<Lease> acquire = store.acquire("a", TERM);
    StepVerifier.create(acquire, 0)
        .expectSubscription()
        .then(
            () -> {
              Lease other = await(store.tryAcquire("a", TERM));
              other.release().block(PATIENCE);
            })
        .thenRequest(1)
        .expectNextCount(1)
        .expectComplete()
        .verify(PATIENCE);
  }

  @Test
  default void whoCancelsLeavesTheQueue() {
    AcmeStore store = open();
    Lease first = await(store.acquire("a", TERM));
    AtomicReference<Lease> cancelled = new AtomicReference<>();
    AtomicReference<Lease> next = new AtomicReference<>();
    Disposable waiting = store.acquire("a", TERM).subscribe(cancelled::set);
    store.acquire("a", TERM).subscribe(next::set);
    waiting.dispose();

    first.release().block(PATIENCE);
    pass(Duration.ofSeconds(1));

    assertThat(cancelled).hasNullValue();
    assertThat(next).doesNotHaveNullValue();
  }

  @Test
  default void closingReleasesWhatIsHeldAndEndsWhatWaits() {
    AcmeStore store = open();
    AcmeStore other = open();
    await(store.acquire("a", TERM));
    Lease others = await(other.acquire("b", TERM));
    AtomicReference<Throwable> error = new AtomicReference<>();
    store.acquire("b", TERM).subscribe(lease -> {}, error::set);

    store.disposeLater().block(PATIENCE);

    assertThat(error.get()).isInstanceOf(StoreException.class);
    assertThat(await(other.tryAcquire("a", TERM)).path()).isEqualTo("a");
    others.renew().block(PATIENCE);
    others.release().block(PATIENCE);
    assertThat(await(other.tryAcquire("b", TERM)).path()).isEqualTo("b");
  }

  @Test
  default void theTermHasBounds() {
    AcmeStore store = open();
    for (Duration term : List.of(Duration.ZERO, Duration.ofMillis(999), Duration.ofSeconds(3601))) {
      assertThatIllegalArgumentException().isThrownBy(() -> store.acquire("a", term));
      assertThatIllegalArgumentException().isThrownBy(() -> store.tryAcquire("a", term));
    }
  }

  @Test
  default void neverTwoAtOnce() {
    List<AcmeStore> stores = List.of(openThreaded(), openThreaded(), openThreaded());
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger turns = new AtomicInteger();

    Flux.range(0, 60)
        .flatMap(
            i ->
                stores
                    .get(i % 3)
                    .acquire("a", TERM)
                    .flatMap(
                        lease -> {
                          assertThat(inside.incrementAndGet()).isEqualTo(1);
                          turns.incrementAndGet();
                          assertThat(inside.decrementAndGet()).isZero();
                          return lease.release();
                        })
                    .subscribeOn(Schedulers.boundedElastic()),
            60)
        .blockLast(PATIENCE);

    assertThat(turns).hasValue(60);
  }

  @Test
  default void cancellingWhileItIsTakenLeaksNothing() throws InterruptedException {
    AcmeStore store = openThreaded();
    Duration hour = Duration.ofHours(1);
    for (int i = 0; i < 1000; i++) {
      BaseSubscriber<Lease> subscriber =
          new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {}

            @Override
            protected void hookOnNext(Lease lease) {
              lease.release().subscribe();
            }
          };
      store.acquire("a", hour).subscribe(subscriber);
      CountDownLatch ready = new CountDownLatch(1);
      CountDownLatch cancelled = new CountDownLatch(1);
      int longer = i * 100;
      Schedulers.boundedElastic()
          .schedule(
              () -> {
                ready.countDown();
                for (int spin = 0; spin < longer; spin++) {
                  Thread.onSpinWait();
                }
                subscriber.cancel();
                cancelled.countDown();
              });
      ready.await();
      subscriber.request(1);
      cancelled.await();
    }

    assertThat(await(store.acquire("a", hour)).path()).isEqualTo("a");
  }
}
