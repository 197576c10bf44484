package io.github.certflux.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

class LeaseLinesTest {

  private static final Duration TERM = Duration.ofSeconds(30);
  private static final LeaseFile HELD = new LeaseFile(1, "them", Instant.MAX, TERM);

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final FakeDesk desk = new FakeDesk();
  private final LeaseLines lines = new LeaseLines(desk, time, Duration.ofMillis(500), 1);

  @Test
  void oneWhoCancelsWhileItEntersDoesNotBlockTheLine() {
    LeaseWaiter.mono(
            waiter -> {
              waiter.cancel();
              lines.enter("a", TERM, waiter);
            },
            waiter -> lines.leave("a", waiter))
        .subscribe();
    AtomicReference<Lease> next = new AtomicReference<>();
    enter("a").subscribe(next::set);

    assertThat(next).doesNotHaveNullValue();
  }

  @Test
  void looksBecomeRareAndNobodyLooksOnceNobodyWaits() {
    desk.holder = HELD;
    var waiting = enter("a").subscribe();

    time.advanceTimeBy(Duration.ofSeconds(1));
    int first = desk.looks;
    time.advanceTimeBy(Duration.ofSeconds(10));
    int later = desk.looks - first;
    assertThat(first).isBetween(6, 12);
    assertThat(later).isBetween(20, 41);

    waiting.dispose();
    time.advanceTimeBy(Duration.ofSeconds(60));
    assertThat(desk.looks).isEqualTo(first + later);
  }

  @Test
  void aLeaseThatIsNotRenewedForATermIsLostWhateverTheClocksSay() {
    desk.holder = HELD;
    AtomicReference<Lease> taken = new AtomicReference<>();
    enter("a").subscribe(taken::set);

    time.advanceTimeBy(TERM.minusSeconds(1));
    desk.holder = HELD.renewed(Instant.EPOCH);
    time.advanceTimeBy(TERM.minusSeconds(1));
    assertThat(taken).hasNullValue();

    time.advanceTimeBy(Duration.ofSeconds(2));
    assertThat(taken).doesNotHaveNullValue();
  }

  @Test
  void whoDoesNotWaitTakesItToo() {
    desk.holder = HELD;
    assertThat(tryOnce("a")).isNull();

    time.advanceTimeBy(TERM.minusSeconds(1));
    desk.holder = HELD.renewed(Instant.EPOCH);
    assertThat(tryOnce("a")).isNull();
    time.advanceTimeBy(TERM.minusSeconds(1));
    assertThat(tryOnce("a")).isNull();

    time.advanceTimeBy(Duration.ofSeconds(2));
    assertThat(tryOnce("a")).isNotNull();
  }

  @Test
  void aClockThatMovesOnMeanwhileLosesNoLook() {
    LeaseLines hasty = new LeaseLines(desk, new HastyTimer(time), Duration.ofMillis(500), 1);
    desk.holder = HELD;
    desk.isSlow = true;
    AtomicReference<Lease> taken = new AtomicReference<>();
    LeaseWaiter.mono(waiter -> hasty.enter("a", TERM, waiter), waiter -> hasty.leave("a", waiter))
        .subscribe(taken::set);
    desk.answer();
    desk.answer();
    desk.holder = null;
    desk.isSlow = false;

    time.advanceTimeBy(Duration.ofSeconds(1));

    assertThat(taken).doesNotHaveNullValue();
  }

  @Test
  void anErrorEndsTheWaitOfEach() {
    desk.error = new StoreException("a", "the disk is gone", null);
    List<Throwable> errors = new ArrayList<>();

    enter("a").subscribe(lease -> {}, errors::add);
    enter("a").subscribe(lease -> {}, errors::add);

    assertThat(errors).containsExactly(desk.error, desk.error);
  }

  private Mono<Lease> enter(String path) {
    return LeaseWaiter.mono(
        waiter -> lines.enter(path, TERM, waiter), waiter -> lines.leave(path, waiter));
  }

  private @Nullable Lease tryOnce(String path) {
    return LeaseWaiter.mono(waiter -> lines.tryOnce(path, TERM, waiter), waiter -> {})
        .block(Duration.ZERO);
  }

  /** One lease that somebody else holds, or not. */
  private static final class FakeDesk implements LeaseLines.Desk {
    private @Nullable LeaseFile holder;
    private @Nullable Throwable error;
    private int looks;
    private boolean isSlow;
    private final ArrayDeque<Runnable> answers = new ArrayDeque<>();

    void answer() {
      answers.remove().run();
    }

    @Override
    public void holder(
        String path, @Nullable LeaseFile stale, LeaseLines.Answer<LeaseFile> answer) {
      looks++;
      LeaseFile found = holder == null || holder.equals(stale) ? null : holder;
      answers.add(() -> answer.is(found, error));
      if (!isSlow) {
        answer();
      }
    }

    @Override
    public void take(
        String path,
        LeaseLines.Waiting waiting,
        @Nullable LeaseFile stale,
        LeaseLines.Answer<LeaseFile> answer) {
      answer.is(waiting.waiter().isWaiting() ? HELD : null, null);
    }

    @Override
    public void grant(LeaseWaiter waiter, String path, LeaseFile taken) {
      waiter.deliver(new FakeLease(path, taken.token()));
    }
  }

  private record FakeLease(String path, long token) implements Lease {
    @Override
    public Mono<Void> renew() {
      return Mono.empty();
    }

    @Override
    public Mono<Void> release() {
      return Mono.empty();
    }
  }
}
