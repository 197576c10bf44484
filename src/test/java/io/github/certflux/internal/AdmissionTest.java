package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.internal.Admission.Priority;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

class AdmissionTest {
  private static final Duration A_SECOND = Duration.ofSeconds(1);

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final Timing timing = new Timing(time, new Random(1));

  @Test
  void noMoreThanTheLimitAreInside() {
    Admission admission = new Admission(2, timing);
    Admission.Ticket first = admission.ticket(Priority.NORMAL);
    Admission.Ticket second = admission.ticket(Priority.NORMAL);
    Admission.Ticket third = admission.ticket(Priority.NORMAL);

    assertThat(first.enter()).isTrue();
    assertThat(second.enter()).isTrue();
    assertThat(third.enter()).isFalse();
    assertThat(admission.inside()).isEqualTo(2);

    first.close();
    assertThat(admission.inside()).isEqualTo(1);
    first.close();
    assertThat(admission.inside()).as("closed twice, left once").isEqualTo(1);
  }

  @Test
  void aServerThatSaysNotNowHalvesTheLimitOnceForAllThatWereUnderWay() {
    Admission admission = new Admission(64, timing);
    List<Admission.Ticket> burst = entered(admission, 64);

    burst.forEach(ticket -> ticket.refused(A_SECOND));
    assertThat(admission.limit()).isEqualTo(32);
    burst.forEach(Admission.Ticket::close);

    List<Admission.Ticket> next = entered(admission, 32);
    assertThat(admission.ticket(Priority.NORMAL).enter()).isFalse();
    next.forEach(ticket -> ticket.refused(A_SECOND));
    next.forEach(Admission.Ticket::close);
    assertThat(admission.limit()).isEqualTo(16);
  }

  @Test
  void oneMayAlwaysBeInside() {
    Admission admission = new Admission(4, timing);

    for (int i = 0; i < 10; i++) {
      Admission.Ticket ticket = admission.ticket(Priority.NORMAL);
      assertThat(ticket.enter()).isTrue();
      ticket.refused(A_SECOND);
      ticket.close();
      time.advanceTimeBy(A_SECOND);
    }

    assertThat(admission.limit()).isEqualTo(1);
  }

  @Test
  void aServerThatSaysSoToTheOnlyOneIsLeftInPeaceForAsLongAsItAsks() {
    Admission admission = new Admission(1, timing);
    Admission.Ticket alone = entered(admission, 1).get(0);
    alone.refused(A_SECOND);
    alone.close();
    List<Integer> let = new ArrayList<>();
    admission.ticket(Priority.NORMAL).admitted().subscribe(in -> let.add(1));
    admission.ticket(Priority.AGAIN).admitted().subscribe(in -> let.add(2));

    time.advanceTimeBy(A_SECOND.minusMillis(1));
    assertThat(let).isEmpty();
    time.advanceTimeBy(Duration.ofMillis(1));
    assertThat(let).as("what was let in before goes first").containsExactly(2);
  }

  @Test
  void thatPeaceHasABound() {
    Admission admission = new Admission(1, timing);
    Admission.Ticket alone = entered(admission, 1).get(0);
    alone.refused(Duration.ofDays(365_000));
    alone.close();

    time.advanceTimeBy(Duration.ofSeconds(10));

    assertThat(admission.ticket(Priority.NORMAL).enter()).isTrue();
  }

  @Test
  void answersBringTheLimitBackOneForEachLimitsWorthOfThem() {
    Admission admission = new Admission(8, timing);
    Admission.Ticket first = entered(admission, 1).get(0);
    first.refused(A_SECOND);
    first.close();
    assertThat(admission.limit()).isEqualTo(4);

    answers(admission, 5);
    assertThat(admission.limit()).isEqualTo(5);
    answers(admission, 100);
    assertThat(admission.limit()).isEqualTo(8);
  }

  @Test
  void whoWaitsIsLetInWhenTheLimitComesBack() {
    Admission admission = new Admission(2, timing);
    List<Admission.Ticket> two = entered(admission, 2);
    two.get(0).refused(A_SECOND);
    two.get(0).close();
    List<Integer> let = new ArrayList<>();
    admission.ticket(Priority.NORMAL).admitted().subscribe(in -> let.add(1));
    assertThat(let).isEmpty();

    two.get(1).answered();

    assertThat(let).hasSize(1);
    assertThat(admission.inside()).isEqualTo(2);
  }

  private static List<Admission.Ticket> entered(Admission admission, int count) {
    List<Admission.Ticket> tickets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Admission.Ticket ticket = admission.ticket(Priority.NORMAL);
      assertThat(ticket.enter()).isTrue();
      tickets.add(ticket);
    }
    return tickets;
  }

  private static void answers(Admission admission, int count) {
    for (int i = 0; i < count; i++) {
      Admission.Ticket ticket = entered(admission, 1).get(0);
      ticket.answered();
      ticket.close();
    }
  }

  @Test
  void aLimitOfNothingIsRefused() {
    assertThatThrownBy(() -> new Admission(0, timing)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTicketIsUsedOnce() {
    Admission.Ticket ticket = new Admission(1, timing).ticket(Priority.NORMAL);
    ticket.enter();

    assertThatThrownBy(ticket::enter).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatEndsAnOrderGoesBeforeWhatBeginsOne() {
    Admission admission = new Admission(1, timing);
    Admission.Ticket inside = admission.ticket(Priority.NORMAL);
    inside.enter();
    List<Priority> order = new ArrayList<>();
    List<Priority> arrivals = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      arrivals.addAll(List.of(Priority.values()));
    }
    Collections.shuffle(arrivals, new Random(1));
    for (Priority priority : arrivals) {
      wait(admission, priority, order);
    }

    inside.close();

    assertThat(order).hasSize(arrivals.size()).isSorted();
    assertThat(admission.inside()).isZero();
  }

  @Test
  void withinAPriorityTheFirstToComeIsTheFirstToGo() {
    Admission admission = new Admission(1, timing);
    Admission.Ticket inside = admission.ticket(Priority.NORMAL);
    inside.enter();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      int number = i;
      use(admission.ticket(Priority.NORMAL), () -> order.add(number)).subscribe();
    }

    inside.close();

    assertThat(order).isSorted().hasSize(10);
  }

  @Test
  void whoComesLateDoesNotOvertakeWhoWaits() {
    Admission admission = new Admission(1, timing);
    Admission.Ticket inside = admission.ticket(Priority.NORMAL);
    inside.enter();
    List<String> order = new ArrayList<>();
    Admission.Ticket waiter = admission.ticket(Priority.START);
    waiter
        .admitted()
        .subscribe(
            in -> {
              order.add("waiter");
              waiter.close();
              // the place is free at this moment, and another one waits for it
              Admission.Ticket late = admission.ticket(Priority.FINISH);
              order.add("late at once: " + late.enter());
            });
    wait(admission, Priority.START, new ArrayList<>());

    inside.close();

    assertThat(order).containsExactly("waiter", "late at once: false");
  }

  @Test
  void whoGivesUpTheWaitTakesNoPlace() {
    Admission admission = new Admission(1, timing);
    Admission.Ticket inside = admission.ticket(Priority.NORMAL);
    inside.enter();
    AtomicInteger ran = new AtomicInteger();
    Disposable gone =
        use(admission.ticket(Priority.FINISH), ran::incrementAndGet).subscribe(in -> {});
    List<Priority> order = new ArrayList<>();
    wait(admission, Priority.START, order);

    gone.dispose();
    inside.close();

    assertThat(ran).hasValue(0);
    assertThat(order).containsExactly(Priority.START);
    assertThat(admission.inside()).isZero();
  }

  @Test
  void aTicketClosedBeforeItWaitsNeverEnters() {
    Admission admission = new Admission(1, timing);
    Admission.Ticket inside = admission.ticket(Priority.NORMAL);
    inside.enter();
    Admission.Ticket ticket = admission.ticket(Priority.NORMAL);
    ticket.enter();
    Mono<Boolean> admitted = ticket.admitted();

    ticket.close();
    Disposable waiting = admitted.subscribe();
    inside.close();

    assertThat(waiting.isDisposed()).isFalse();
    assertThat(admission.inside()).isZero();
  }

  @Test
  void hundredThousandWaitersAreServedWithoutGrowingTheStack() {
    Admission admission = new Admission(1, timing);
    Admission.Ticket inside = admission.ticket(Priority.NORMAL);
    inside.enter();
    AtomicInteger served = new AtomicInteger();
    for (int i = 0; i < 100_000; i++) {
      use(admission.ticket(Priority.NORMAL), served::incrementAndGet).subscribe();
    }

    inside.close();

    assertThat(served).hasValue(100_000);
    assertThat(admission.inside()).isZero();
  }

  @Test
  void hundredThousandWaitersGiveUp() {
    Admission admission = new Admission(1, timing);
    Admission.Ticket inside = admission.ticket(Priority.NORMAL);
    inside.enter();
    List<Admission.Ticket> tickets = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      Admission.Ticket ticket = admission.ticket(Priority.NORMAL);
      ticket.enter();
      ticket.admitted().subscribe();
      tickets.add(ticket);
    }
    Collections.reverse(tickets);

    tickets.forEach(Admission.Ticket::close);
    inside.close();

    assertThat(admission.inside()).isZero();
    assertThat(admission.ticket(Priority.NORMAL).enter()).isTrue();
  }

  @Test
  void whatAWaiterThrowsKeepsNobodyElseWaiting() {
    Admission admission = new Admission(1, timing);
    Admission.Ticket inside = admission.ticket(Priority.NORMAL);
    inside.enter();
    AtomicInteger served = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    for (int i = 0; i < 10; i++) {
      boolean throwsUp = i % 2 == 0;
      use(
              admission.ticket(Priority.NORMAL),
              () -> {
                if (throwsUp) {
                  throw new IllegalStateException("on purpose");
                }
                served.incrementAndGet();
              })
          .subscribe(in -> {}, error -> failed.incrementAndGet());
    }

    inside.close();

    assertThat(served).hasValue(5);
    assertThat(failed).hasValue(5);
    assertThat(admission.inside()).isZero();
  }

  @Test
  void placesAreExactUnderContention() throws Exception {
    int limit = 3;
    Admission admission = new Admission(limit, timing);
    Room room = new Room();
    AtomicInteger served = new AtomicInteger();
    AtomicInteger cancelled = new AtomicInteger();
    int rounds = 4_000;
    try (Race race = new Race(4)) {
      race.round(
          thread -> {
            Random random = new Random(thread);
            Priority[] priorities = Priority.values();
            List<Disposable> mine = new ArrayList<>();
            for (int i = 0; i < rounds; i++) {
              Admission.Ticket ticket =
                  admission.ticket(priorities[random.nextInt(priorities.length)]);
              boolean gone = random.nextInt(3) == 0;
              Room.Guest guest = room.guest();
              Disposable waiting =
                  use(
                          ticket,
                          () -> {
                            guest.enter();
                            Thread.onSpinWait();
                            served.incrementAndGet();
                          },
                          guest::leave)
                      .doOnCancel(cancelled::incrementAndGet)
                      .subscribe(in -> {});
              if (gone) {
                waiting.dispose();
              } else {
                mine.add(waiting);
              }
            }
            for (Disposable one : mine) {
              while (!one.isDisposed()) {
                Thread.onSpinWait();
              }
            }
          });
    }

    assertThat(room.most()).isLessThanOrEqualTo(limit);
    assertThat(admission.inside()).isZero();
    assertThat(served.get() + cancelled.get()).isGreaterThanOrEqualTo(4 * rounds);
    Admission.Ticket next = admission.ticket(Priority.START);
    assertThat(next.enter()).as("nobody is left in a queue").isTrue();
  }

  @Test
  void aPlaceIsNeverLostBetweenAdmittingAndCancelling() throws Exception {
    Admission admission = new Admission(1, timing);
    try (Race race = new Race(2)) {
      for (int i = 0; i < 5_000; i++) {
        Admission.Ticket inside = admission.ticket(Priority.NORMAL);
        assertThat(inside.enter()).isTrue();
        Disposable waiting = use(admission.ticket(Priority.NORMAL), () -> {}).subscribe(in -> {});

        race.round(
            thread -> {
              if (thread == 0) {
                inside.close();
              } else {
                waiting.dispose();
              }
            });

        assertThat(admission.inside()).isZero();
      }
    }
  }

  private static void wait(Admission admission, Priority priority, List<Priority> order) {
    use(admission.ticket(priority), () -> order.add(priority)).subscribe();
  }

  /** As a request does it. */
  private static Mono<Boolean> use(Admission.Ticket ticket, Runnable work) {
    return use(ticket, work, () -> {});
  }

  private static Mono<Boolean> use(Admission.Ticket ticket, Runnable work, Runnable leaving) {
    return Mono.using(
        () -> ticket,
        t -> (t.enter() ? Mono.just(true) : t.admitted()).doOnNext(in -> work.run()),
        t -> {
          leaving.run();
          t.close();
        });
  }

  /**
   * Counts who is inside; a guest whose ticket was closed by a cancel is not, even amid its work.
   */
  private static final class Room {
    private int inside;
    private int most;

    synchronized int most() {
      return most;
    }

    Guest guest() {
      return new Guest();
    }

    private final class Guest {
      private boolean in;
      private boolean gone;

      void enter() {
        synchronized (Room.this) {
          in = !gone;
          inside += in ? 1 : 0;
          most = Math.max(most, inside);
        }
      }

      void leave() {
        synchronized (Room.this) {
          inside -= in ? 1 : 0;
          gone = true;
        }
      }
    }
  }
}
