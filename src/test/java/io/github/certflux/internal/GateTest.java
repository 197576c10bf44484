package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

class GateTest {
  private final Gate gate = new Gate();
  private final List<String> entered = new ArrayList<>();

  @Test
  void challengesAreUnderWayTogether() {
    enter("a", gate.shared());
    enter("b", gate.shared());

    assertThat(entered).containsExactly("a", "b");
  }

  @Test
  void aRolloverWaitsForTheChallengesThatAreTriggered() {
    Gate.Pass a = enter("a", gate.shared());
    Gate.Pass b = enter("b", gate.shared());
    enter("rollover", gate.exclusive());
    assertThat(entered).containsExactly("a", "b");

    a.close();
    assertThat(entered).containsExactly("a", "b");
    b.close();
    assertThat(entered).containsExactly("a", "b", "rollover");
  }

  @Test
  void challengesWaitForARollover() {
    Gate.Pass rollover = enter("rollover", gate.exclusive());
    enter("a", gate.shared());
    enter("b", gate.shared());
    assertThat(entered).containsExactly("rollover");

    rollover.close();
    assertThat(entered).containsExactly("rollover", "a", "b");
  }

  @Test
  void rolloversComeOneAfterTheOther() {
    Gate.Pass first = enter("first", gate.exclusive());
    Gate.Pass second = enter("second", gate.exclusive());
    enter("third", gate.exclusive());

    first.close();
    assertThat(entered).containsExactly("first", "second");
    second.close();
    assertThat(entered).containsExactly("first", "second", "third");
  }

  @Test
  void aStreamOfChallengesDoesNotKeepARolloverOut() {
    Gate.Pass a = enter("a", gate.shared());
    Gate.Pass rollover = enter("rollover", gate.exclusive());
    enter("b", gate.shared());
    assertThat(entered).as("who comes later waits behind").containsExactly("a");

    a.close();
    assertThat(entered).containsExactly("a", "rollover");
    rollover.close();
    assertThat(entered).containsExactly("a", "rollover", "b");
  }

  @Test
  void aRolloverThatIsCancelledWhileItWaitsLetsTheChallengesThrough() {
    Gate.Pass a = enter("a", gate.shared());
    Disposable rollover = gate.exclusive().enter().subscribe(in -> entered.add("rollover"));
    enter("b", gate.shared());

    rollover.dispose();

    assertThat(entered).containsExactly("a", "b");
    a.close();
  }

  @Test
  void aPassClosedWhileItWaitsIsOutOfTheQueue() {
    Gate.Pass a = enter("a", gate.shared());
    Gate.Pass rollover = enter("rollover", gate.exclusive());
    enter("b", gate.shared());

    rollover.close();

    assertThat(entered).containsExactly("a", "b");
    a.close();
    a.close();
    assertThat(entered).as("closing twice does no harm").containsExactly("a", "b");
  }

  @Test
  void aPassClosedBeforeItIsUsedNeverEnters() {
    Gate.Pass pass = gate.exclusive();
    pass.close();
    pass.enter().subscribe(in -> entered.add("closed"));
    enter("a", gate.shared());

    assertThat(entered).containsExactly("a");
  }

  @Test
  void hundredThousandWaitersAreServedWithoutGrowingTheStack() {
    Gate.Pass rollover = enter("rollover", gate.exclusive());
    AtomicInteger served = new AtomicInteger();
    for (int i = 0; i < 100_000; i++) {
      use(i % 2 == 0 ? gate.exclusive() : gate.shared(), served::incrementAndGet).subscribe();
    }

    rollover.close();

    assertThat(served).hasValue(100_000);
  }

  @Test
  void aRolloverIsAloneUnderContention() throws Exception {
    AtomicInteger shared = new AtomicInteger();
    AtomicInteger alone = new AtomicInteger();
    AtomicInteger wrong = new AtomicInteger();
    try (Race race = new Race(4)) {
      race.round(
          thread -> {
            Random random = new Random(thread);
            List<Disposable> mine = new ArrayList<>();
            for (int i = 0; i < 4_000; i++) {
              boolean exclusive = random.nextInt(4) == 0;
              AtomicInteger counter = exclusive ? alone : shared;
              Disposable one =
                  use(
                          exclusive ? gate.exclusive() : gate.shared(),
                          () -> {
                            counter.incrementAndGet();
                            if (alone.get() > 1 || (alone.get() == 1 && shared.get() > 0)) {
                              wrong.incrementAndGet();
                            }
                            Thread.onSpinWait();
                            counter.decrementAndGet();
                          })
                      .subscribe(in -> {});
              if (random.nextInt(3) == 0) {
                one.dispose();
              } else {
                mine.add(one);
              }
            }
            for (Disposable one : mine) {
              while (!one.isDisposed()) {
                Thread.onSpinWait();
              }
            }
          });
    }

    assertThat(wrong).hasValue(0);
    enter("last", gate.exclusive());
    assertThat(entered).as("nobody is left inside").containsExactly("last");
  }

  private Gate.Pass enter(String name, Gate.Pass pass) {
    pass.enter().subscribe(in -> entered.add(name));
    return pass;
  }

  private static Mono<Gate.Pass> use(Gate.Pass pass, Runnable work) {
    return Mono.using(() -> pass, p -> p.enter().doOnNext(in -> work.run()), Gate.Pass::close);
  }
}
