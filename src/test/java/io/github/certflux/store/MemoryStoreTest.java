package io.github.certflux.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

class MemoryStoreTest implements AcmeStoreContract {

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final MemoryStore store = MemoryStore.create(time);
  private final MemoryStore threaded = MemoryStore.create(Schedulers.parallel());

  @Override
  public AcmeStore open() {
    return store.anotherProcess();
  }

  @Override
  public AcmeStore openThreaded() {
    return threaded.anotherProcess();
  }

  @Override
  public void pass(Duration duration) {
    time.advanceTimeBy(duration);
  }

  @Test
  void manyWhoReleaseAtOnceDoNotOverflowTheStack() {
    Lease first = StoreUnderTest.await(store.acquire("a", TERM));
    AtomicInteger turns = new AtomicInteger();
    for (int i = 0; i < 20_000; i++) {
      store
          .acquire("a", TERM)
          .doOnNext(lease -> turns.incrementAndGet())
          .flatMap(Lease::release)
          .subscribe();
    }

    first.release().block(PATIENCE);

    assertThat(turns).hasValue(20_000);
  }

  @Test
  void processesAreServedInTheOrderInWhichTheyAsked() {
    Lease first = StoreUnderTest.await(open().acquire("a", TERM));
    AtomicReference<Lease> second = new AtomicReference<>();
    AtomicReference<Lease> third = new AtomicReference<>();
    open().acquire("a", TERM).subscribe(second::set);
    open().acquire("a", TERM).subscribe(third::set);

    first.release().block(PATIENCE);
    assertThat(second).doesNotHaveNullValue();
    assertThat(third).hasNullValue();
    second.get().release().block(PATIENCE);
    assertThat(third).doesNotHaveNullValue();
  }

  @Test
  void aClockThatMovesOnMeanwhileLosesNoWaiter() {
    MemoryStore hasty = MemoryStore.create(new HastyTimer(time));
    StoreUnderTest.await(hasty.acquire("a", TERM));
    AtomicReference<Lease> next = new AtomicReference<>();
    hasty.acquire("a", TERM).subscribe(next::set);

    pass(TERM);

    assertThat(next).doesNotHaveNullValue();
  }

  @Test
  void aKilledProcessHoldsNothingAndDoesNothing() {
    SimulatedProcess process = SimulatedProcess.on(store);
    Lease lease = StoreUnderTest.await(process.acquire("a", TERM));
    StoreUnderTest.write(process, "record", "1");

    process.kill();

    assertThat(StoreUnderTest.await(store.tryAcquire("a", TERM)).token())
        .isGreaterThan(lease.token());
    AtomicBoolean answered = new AtomicBoolean();
    process
        .write("record", new byte[0], Condition.none())
        .doFinally(end -> answered.set(true))
        .subscribe();
    assertThat(answered).isFalse();
    assertThat(StoreUnderTest.text(store, "record")).isEqualTo("1");
  }

  @Test
  void aProcessThatHangsLosesItsLeasesInTime() {
    SimulatedProcess process = SimulatedProcess.on(store);
    StoreUnderTest.await(process.acquire("a", TERM));
    process.vanish();

    StepVerifier.create(store.tryAcquire("a", TERM)).expectComplete().verify(PATIENCE);
    pass(TERM);
    assertThat(StoreUnderTest.await(store.tryAcquire("a", TERM)).path()).isEqualTo("a");
  }
}
