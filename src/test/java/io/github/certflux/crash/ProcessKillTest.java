package io.github.certflux.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.contract.BoulderServer;
import io.github.certflux.testca.Truth;
import java.nio.file.Path;
import java.time.Duration;
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
import java.util.stream.IntStream;
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
  private static final String BOULDERS_NAME = "kill.certflux-test.com";
  private static final List<String> BOULDERS_STEPS =
      List.of(
          "rollover: answer of key-change #1", "write order #1", "issue: answer of finalize #1");
  private static final int AT_A_TIME = 4; // a restart mostly waits for its window to end
  private static final int TRIES = 3;
  private static final int CHAINS = 3;
  private static final int KILLS_A_CHAIN = 10;
  private static final int MOST_STEPS = 60;
  private static final int LONGEST_PAUSE_MICROS = 5_000;

  private final ExecutorService pool = Executors.newFixedThreadPool(AT_A_TIME);

  private Path folder;
  private ChildJvm jvm;

  /** The steps up to an account, or that come but once in a process. */
  private List<String> first;

  /** Those of an account that is there. */
  private List<String> later;

  /** Each step that is sure to come: how often a request is repeated is chance. */
  @BeforeAll
  void runToTheEnd(@TempDir Path temporary) throws Exception {
    folder = temporary;
    jvm = ChildJvm.in(folder);
    try (Scene scene = Scene.on(jvm, folder, NAME);
        Child child = scene.start(Program.Task.WHOLE)) {
      List<String> all = sure(child.wellEnded());
      scene.ended(child);
      try (Child next = scene.restart(Program.Task.RESTART_AND_WHOLE)) {
        later = sure(next.wellEnded());
      }
      int details = all.indexOf("details: answer of acct #1");
      List<String> kinds = later.stream().map(ProcessKillTest::kind).toList();
      first =
          IntStream.range(0, all.size())
              .filter(i -> i < details || !kinds.contains(kind(all.get(i))))
              .mapToObj(all::get)
              .toList();
    }
  }

  private static List<String> sure(Child child) {
    Predicate<String> repeated = step -> step.contains(": answer of ") && !step.endsWith(" #1");
    return child.told(Steps.STEP).stream().filter(repeated.negate()).distinct().toList();
  }

  private static String kind(String step) {
    return step.substring(0, step.indexOf('#'));
  }

  @AfterAll
  void end() {
    pool.shutdownNow();
  }

  /** The start after a kill is killed itself, at a later step, when all was well. */
  @TestFactory
  Stream<DynamicTest> aKillAtEachStepIsRepairedByTheNextStart() {
    assertThat(first).contains("account: answer of new-acct #1", "acquire seat #1");
    assertThat(later)
        .anyMatch(step -> step.startsWith("write account record {") && step.contains("pendingKey"))
        .contains(
            "rollover: answer of key-change #1",
            "issue: answer of new-order #1",
            "write order #1",
            "issue: answer of finalize #1",
            "delete order #1",
            "delete account key #1");
    List<List<String>> chains = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      List<String> chain = new ArrayList<>(List.of(first.get(i)));
      for (int j = i; j < later.size(); j += first.size()) {
        chain.add(later.get(j));
      }
      chains.add(chain);
    }
    return inParallel(chains, steps -> String.join("; ", steps), this::killedAt);
  }

  private Void killedAt(List<String> steps) throws Exception {
    try (Scene scene = killedAtFirst(steps.get(0))) {
      for (String step : steps.subList(1, steps.size())) {
        killed(scene, () -> scene.restart(Program.Task.RESTART_AND_WHOLE, step), step);
      }
      scene.restart();
    }
    return null;
  }

  private Scene killedAtFirst(String step) throws Exception {
    Scene scene = Scene.on(jvm, folder, NAME);
    killed(scene, () -> scene.start(Program.Task.WHOLE, step), step);
    return scene;
  }

  /** Starts a process until it comes to a step, which is up to chance, and kills it there. */
  private static void killed(Scene scene, Callable<Child> start, String step) throws Exception {
    for (int i = 0; i < TRIES; i++) {
      try (Child child = start.call()) {
        if (child.reads(Steps.STOPPED::equals)) {
          child.killIn(0);
          scene.ended(child);
          return;
        }
        scene.ended(child.wellEnded());
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
    try (Scene scene = Scene.on(jvm, folder, NAME, "b.example.org")) {
      for (int kill = 1; kill <= KILLS_A_CHAIN; kill++) {
        killedAtRandom(scene, random);
      }
      scene.restart();
    }
    return null;
  }

  private static void killedAtRandom(Scene scene, Random random) throws Exception {
    int steps = 1 + random.nextInt(MOST_STEPS);
    int pause = random.nextInt(LONGEST_PAUSE_MICROS);
    try (Child child = scene.restart(Program.Task.RESTART_AND_LOOP)) {
      int[] seen = {0};
      assertThat(child.reads(line -> line.startsWith(Steps.STEP) && ++seen[0] == steps))
          .as(child::output)
          .isTrue();
      child.killIn(pause);
      scene.ended(child);
    }
  }

  @TestFactory
  Stream<DynamicTest> killsAreRepairedOnBouldersFrontEndsToo() {
    BoulderServer boulder = BoulderServer.brief();
    Duration window = BoulderServer.BRIEF_CACHE.multipliedBy(2);
    return inParallel(
        List.of(new Random().nextLong()),
        seed -> "at three steps, and twice at random: seed " + seed,
        seed -> {
          Random random = new Random(seed);
          try (Scene scene =
              Scene.on(jvm, folder, boulder.directory(), boulder.trust(), window, BOULDERS_NAME)) {
            for (String step : BOULDERS_STEPS) {
              killed(scene, () -> scene.restart(Program.Task.RESTART_AND_WHOLE, step), step);
            }
            killedAtRandom(scene, random);
            killedAtRandom(scene, random);
            scene.restart();
          }
          return null;
        });
  }

  @Test
  void twoProcessesThatRollOverAtOnceEndWithOneKey() throws Exception {
    try (Scene scene = Scene.on(jvm, folder, NAME)) {
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
