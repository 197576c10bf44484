package io.github.certflux.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.testca.Truth;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real process is killed (SIGKILL), and the next finds the account working: over sockets, on a
 * store of files.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProcessKillTest {
  private static final String NAME = "a.example.org";
  private static final int AT_A_TIME = 4; // a restart mostly waits for its window to end
  private static final int TRIES = 3;
  private static final int CHAINS = 3;
  private static final int KILLS_A_CHAIN = 10;
  private static final int MOST_STEPS = 100;
  private static final int LONGEST_PAUSE_MICROS = 5_000;

  private final ExecutorService pool = Executors.newFixedThreadPool(AT_A_TIME);

  private Path folder;
  private ChildJvm jvm;
  private List<String> steps;

  /** Each step that is sure to come: how often a request is repeated is chance. */
  @BeforeAll
  void runToTheEnd(@TempDir Path temporary) throws Exception {
    folder = temporary;
    jvm = ChildJvm.in(folder);
    try (Scene scene = scene(NAME);
        Child child = scene.start(Program.Task.WHOLE)) {
      child.wellEnded();
      scene.ended(child);
      Predicate<String> repeated = step -> step.contains(": answer of ") && !step.endsWith(" #1");
      steps = child.told(Steps.STEP).stream().filter(repeated.negate()).distinct().toList();
    }
  }

  @AfterAll
  void end() {
    pool.shutdownNow();
  }

  @TestFactory
  Stream<DynamicTest> aKillAtEachStepIsRepairedByTheNextStart() {
    assertThat(steps)
        .anyMatch(step -> step.startsWith("write account record {") && step.contains("pendingKey"))
        .contains(
            "rollover: answer of key-change #1",
            "issue: answer of new-order #1",
            "write order #1",
            "issue: answer of finalize #1",
            "delete order #1",
            "delete account key #1");
    return inParallel(steps, step -> step, this::killedAt);
  }

  private Scene scene(String... names) throws IOException {
    return new Scene(jvm, folder, List.of(names));
  }

  private Void killedAt(String step) throws Exception {
    for (int i = 0; i < TRIES; i++) {
      try (Scene scene = scene(NAME);
          Child child = scene.start(Program.Task.WHOLE, step)) {
        boolean stopped = child.reads(Steps.STOPPED::equals);
        if (stopped) {
          child.killIn(0);
          scene.ended(child);
          int orders = scene.truth().orders().size();
          int unfinished = scene.journal().size();

          scene.restart();

          // the one that the journal had, or another
          assertThat(scene.truth().orders()).hasSize(orders + 1 - unfinished);
          return null;
        }
        child.wellEnded();
      }
    }
    throw new AssertionError("no run came to: " + step);
  }

  @TestFactory
  Stream<DynamicTest> killsAtRandomMomentsAreRepaired() {
    List<Long> seeds = new Random().longs(CHAINS).boxed().toList();
    Long given = Long.getLong("certflux.seed");
    return inParallel(
        given == null ? seeds : List.of(given), seed -> "-Dcertflux.seed=" + seed, this::chain);
  }

  private Void chain(long seed) throws Exception {
    Random random = new Random(seed);
    try (Scene scene = scene(NAME, "b.example.org", "c.example.org")) {
      for (int kill = 1; kill <= KILLS_A_CHAIN; kill++) {
        int steps = 1 + random.nextInt(MOST_STEPS);
        int pause = random.nextInt(LONGEST_PAUSE_MICROS);
        try (Child child = scene.start(Program.Task.LOOP)) {
          int[] seen = {0};
          assertThat(child.reads(line -> line.startsWith(Steps.STEP) && ++seen[0] == steps))
              .as(child::output)
              .isTrue();
          child.killIn(pause);
          scene.ended(child);
        }
        if (kill % 3 == 0 || kill == KILLS_A_CHAIN) {
          scene.restart();
        }
      }
    }
    return null;
  }

  @Test
  void twoProcessesThatRollOverAtOnceEndWithOneKey() throws Exception {
    try (Scene scene = scene(NAME)) {
      scene.restart();
      String before = keys(scene).get(0);
      try (Child one = scene.start(Program.Task.ROLLOVERS);
          Child other = scene.start(Program.Task.ROLLOVERS)) {
        FutureTask<Child> ended = new FutureTask<>(other::wellEnded);
        new Thread(ended).start(); // both are read from
        one.wellEnded();
        ended.get();
      }
      assertThat(keys(scene)).hasSize(1 + 1 + 2 * 8).contains(before);

      scene.restart();

      assertThat(keys(scene)).hasSize(1 + 1 + 2 * 8 + 1).doesNotHaveDuplicates();
    }
  }

  /** Every key that the account had at the CA. */
  private static List<String> keys(Scene scene) {
    List<Truth.AccountState> accounts = scene.truth().accounts();
    assertThat(accounts).hasSize(1);
    return accounts.get(0).formerKeyThumbprints();
  }

  /** Some at a time, and a test for each. */
  private <T> Stream<DynamicTest> inParallel(
      List<T> cases, Function<T, String> name, Work<T> work) {
    List<DynamicTest> tests = new ArrayList<>();
    for (T one : cases) {
      Callable<Void> call = () -> work.of(one);
      Future<Void> done = pool.submit(call);
      tests.add(DynamicTest.dynamicTest(name.apply(one), () -> result(done)));
    }
    return tests.stream();
  }

  private static void result(Future<Void> done) throws Throwable {
    try {
      done.get();
    } catch (ExecutionException e) {
      throw e.getCause();
    }
  }

  private interface Work<T> {
    Void of(T one) throws Exception;
  }
}
