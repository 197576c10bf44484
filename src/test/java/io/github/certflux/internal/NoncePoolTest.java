package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

class NoncePoolTest {
  private static final Duration AGE = Duration.ofMinutes(5);
  private final IllegalStateException lost = new IllegalStateException("HEAD was lost");

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final NoncePool pool = new NoncePool(new Timing(time, new Random(1)), 4, AGE);

  /** The HEADs under way, in the order in which they were sent. */
  private final Deque<Sinks.Empty<Void>> heads = new ArrayDeque<>();

  private int sent;

  private final Mono<Void> fetch =
      Mono.defer(
          () -> {
            Sinks.Empty<Void> head = Sinks.empty();
            heads.add(head);
            sent++;
            return head.asMono();
          });

  private void headBrings(String nonce) {
    Sinks.Empty<Void> head = heads.removeFirst();
    pool.put(nonce);
    head.tryEmitEmpty();
  }

  private void headFails() {
    heads.removeFirst().tryEmitError(lost);
  }

  @Test
  void theYoungestIsUsedFirst() {
    pool.put("a");
    pool.put("b");
    pool.put("c");

    assertThat(pool.ticket().take()).isEqualTo("c");
    assertThat(pool.ticket().take()).isEqualTo("b");
    assertThat(pool.ticket().take()).isEqualTo("a");
    assertThat(pool.ticket().take()).isNull();
  }

  @Test
  void theOldestIsForgottenWhenThereAreTooMany() {
    for (String nonce : List.of("a", "b", "c", "d", "e")) {
      pool.put(nonce);
    }

    assertThat(pool.available()).isEqualTo(4);
    for (String nonce : List.of("e", "d", "c", "b")) {
      assertThat(pool.ticket().take()).isEqualTo(nonce);
    }
    assertThat(pool.ticket().take()).isNull();
  }

  @Test
  void aNonceIsNotUsedWhenItIsTooOld() {
    pool.put("a");
    time.advanceTimeBy(AGE);
    assertThat(pool.ticket().take()).as("just young enough").isEqualTo("a");

    pool.put("b");
    pool.put("c");
    time.advanceTimeBy(AGE.plusMillis(1));
    assertThat(pool.ticket().take()).isNull();
    assertThat(pool.available()).isZero();
  }

  @Test
  void whoWaitsIsNotGivenAnOldNonceButANewOne() {
    pool.put("old");
    time.advanceTimeBy(AGE.plusMillis(1));
    Waiter waiter = new Waiter();

    assertThat(waiter.got).isNull();
    headBrings("new");
    assertThat(waiter.got).isEqualTo("new");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a=", "a+b", "a/b", "é", "a\r\nX: y", "\"", "{}"})
  void whatIsNoBase64UrlIsNoNonce(String value) {
    pool.put(value);
    pool.put(null);
    pool.put("x".repeat(1025));

    assertThat(pool.available()).isZero();
  }

  @Test
  void aNonceThatWasNotSpentGoesBack() {
    pool.put("a");
    NoncePool.Ticket held = pool.ticket();
    held.take();
    NoncePool.Ticket spent = pool.ticket();
    pool.put("b");
    spent.take();
    spent.spend();

    held.close();
    held.close();
    spent.close();

    assertThat(pool.available()).isEqualTo(1);
    assertThat(pool.ticket().take()).isEqualTo("a");
  }

  @Test
  void eachWaiterFetchesOneAndTheFirstToComeIsServedFirst() {
    Waiter first = new Waiter();
    Waiter second = new Waiter();
    assertThat(sent).isEqualTo(2);

    headBrings("a");
    assertThat(first.got).isEqualTo("a");
    assertThat(second.got).isNull();
    headBrings("b");
    assertThat(second.got).isEqualTo("b");
    assertThat(sent).isEqualTo(2);
    assertThat(pool.available()).isZero();
  }

  @Test
  void anAnswersNonceServesWhoWaitsAndTheFetchedOneIsKept() {
    Waiter waiter = new Waiter();

    pool.put("answer");
    assertThat(waiter.got).isEqualTo("answer");
    headBrings("head");
    assertThat(pool.ticket().take()).isEqualTo("head");
  }

  @Test
  void whoComesLateDoesNotTakeWhatAnotherWaitsFor() {
    Waiter first = new Waiter();
    // a request that asks for a nonce while the first one is being served
    List<String> late = new ArrayList<>();
    Waiter second = new Waiter();
    first.then = () -> late.add(String.valueOf(pool.ticket().take()));

    pool.put("a");

    assertThat(first.got).isEqualTo("a");
    assertThat(late).containsExactly("null");
    pool.put("b");
    assertThat(second.got).isEqualTo("b");
  }

  @Test
  void aWaiterWhoseFetchFailsIsTold() {
    Waiter waiter = new Waiter();

    headFails();

    assertThat(waiter.error).isSameAs(lost);
    pool.put("a");
    assertThat(waiter.got).isNull();
    assertThat(pool.available()).isEqualTo(1);
  }

  @Test
  void nobodyWaitsForeverWhenTheFetchThatIsLeftFails() {
    Waiter first = new Waiter();
    Waiter second = new Waiter();
    Sinks.Empty<Void> firstHead = heads.removeFirst();

    headBrings("a");
    assertThat(first.got).isEqualTo("a");
    assertThat(second.got).as("its nonce went to who came first").isNull();
    firstHead.tryEmitError(lost);

    assertThat(second.error).as("nothing is on its way to it").isSameAs(lost);
  }

  @Test
  void aFailedFetchHarmsNobodyWhoStillHasOne() {
    Waiter first = new Waiter();
    Waiter second = new Waiter();
    Waiter third = new Waiter();
    Sinks.Empty<Void> firstHead = heads.removeFirst();
    headBrings("a");
    assertThat(first.got).isEqualTo("a");

    pool.put("answer");
    assertThat(second.got).isEqualTo("answer");
    firstHead.tryEmitError(lost);

    assertThat(third.error).isNull();
    headBrings("b");
    assertThat(third.got).isEqualTo("b");
  }

  @Test
  void whoGivesUpLeavesItsNonceToTheNext() {
    Waiter gone = new Waiter();
    Waiter stays = new Waiter();

    gone.running.dispose();
    headBrings("a");

    assertThat(gone.got).isNull();
    assertThat(stays.got).isEqualTo("a");
    headBrings("b");
    assertThat(pool.ticket().take()).isEqualTo("b");
  }

  @Test
  void aTicketClosedBeforeItWaitsFetchesNothing() {
    NoncePool.Ticket ticket = pool.ticket();
    Mono<String> nonce = ticket.await(fetch);
    ticket.close();

    nonce.subscribe();

    assertThat(sent).isZero();
  }

  @Test
  void manyWaitersAreServedWithoutGrowingTheStack() {
    AtomicInteger served = new AtomicInteger();
    Set<Integer> depths = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      NoncePool.Ticket ticket = pool.ticket();
      ticket
          .await(Mono.never())
          .subscribe(
              nonce -> {
                if (served.incrementAndGet() % 1_000 == 0) {
                  depths.add(Thread.currentThread().getStackTrace().length);
                }
                ticket.spend();
                pool.put("of-its-answer"); // what a server does that answers at once
              });
    }

    pool.put("first");

    assertThat(served).hasValue(20_000);
    assertThat(depths).hasSize(1);
    assertThat(pool.available()).isEqualTo(1);
  }

  @Test
  void noncesAreNeitherLostNorUsedTwiceUnderContention() throws Exception {
    int threads = 4;
    int each = 4_000;
    NoncePool shared =
        new NoncePool(new Timing(time, new Random(1)), Integer.MAX_VALUE, Duration.ofDays(1));
    AtomicInteger made = new AtomicInteger();
    Set<String> spent = ConcurrentHashMap.newKeySet();
    AtomicInteger twice = new AtomicInteger();
    Queue<Sinks.Empty<Void>> underWay = new ConcurrentLinkedQueue<>();
    Mono<Void> head =
        Mono.defer(
            () -> {
              Sinks.Empty<Void> one = Sinks.empty();
              underWay.add(one);
              return one.asMono();
            });
    AtomicInteger failed = new AtomicInteger();
    AtomicInteger served = new AtomicInteger();
    AtomicInteger gone = new AtomicInteger();
    try (Race race = new Race(threads)) {
      race.round(
          thread -> {
            Random random = new Random(thread);
            for (int i = 0; i < each; i++) {
              Disposable running =
                  Mono.using(() -> new Use(shared.ticket()), use -> use.nonce(head), Use::close)
                      .doOnNext(
                          nonce -> {
                            if (!spent.add(nonce)) {
                              twice.incrementAndGet();
                            }
                          })
                      .doOnCancel(gone::incrementAndGet)
                      .subscribe(
                          nonce -> served.incrementAndGet(), error -> failed.incrementAndGet());
              int what = random.nextInt(8);
              if (what == 0) {
                running.dispose();
              } else if (what == 1) {
                shared.put("answer-" + made.incrementAndGet());
              } else {
                Sinks.Empty<Void> one = underWay.poll();
                if (one != null && what == 2) {
                  one.tryEmitError(lost);
                } else if (one != null) {
                  shared.put("head-" + made.incrementAndGet());
                  one.tryEmitEmpty();
                }
              }
            }
          });
    }
    for (Sinks.Empty<Void> one = underWay.poll(); one != null; one = underWay.poll()) {
      shared.put("head-" + made.incrementAndGet());
      one.tryEmitEmpty();
    }

    assertThat(twice).hasValue(0);
    assertThat(spent.size() + shared.available())
        .as("every nonce is accounted for")
        .isEqualTo(made.get());
    assertThat(served.get() + failed.get() + gone.get())
        .as("nobody waits any more")
        .isGreaterThanOrEqualTo(threads * each);
  }

  /** A nonce's way through a request: once it is closed, nothing is sent. */
  private static final class Use {
    private final NoncePool.Ticket ticket;
    private boolean closed;

    Use(NoncePool.Ticket ticket) {
      this.ticket = ticket;
    }

    Mono<String> nonce(Mono<Void> fetch) {
      String pooled = ticket.take();
      return (pooled != null ? Mono.just(pooled) : ticket.await(fetch)).filter(this::spent);
    }

    private synchronized boolean spent(String nonce) {
      if (!closed) {
        ticket.spend();
      }
      return !closed;
    }

    void close() {
      synchronized (this) {
        closed = true;
      }
      ticket.close();
    }
  }

  private final class Waiter {
    final Disposable running;
    Runnable then = () -> {};
    String got;
    Throwable error;

    Waiter() {
      NoncePool.Ticket ticket = pool.ticket();
      running =
          Mono.using(
                  () -> ticket,
                  t -> t.await(fetch).doOnNext(nonce -> t.spend()),
                  NoncePool.Ticket::close)
              .subscribe(
                  nonce -> {
                    got = nonce;
                    then.run();
                  },
                  e -> error = e);
    }
  }
}
