package io.github.certflux.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Histories drawn from seeds. {@code -Dcertflux.seeds=N} runs more or fewer of them, {@code
 * -Dcertflux.seed=N} the one of a seed alone, told step by step.
 */
class SimulationTest {
  private static final int SEEDS = Integer.getInteger("certflux.seeds", 2_000);
  private static final Long ONE = Long.getLong("certflux.seed");

  @BeforeAll
  static void watch() {
    Quiet.log();
  }

  @AfterAll
  static void restore() {
    Quiet.end();
  }

  @Test
  void nothingIsLostWhateverHappens() {
    Map<Long, List<String>> wrong = new TreeMap<>();
    if (ONE != null) {
      Quiet.end();
      note(ONE, Simulation.run(ONE, new Trace()), wrong);
    } else {
      for (long seed = 1; seed <= SEEDS; seed++) {
        note(seed, Simulation.run(seed, Trace.NONE), wrong);
      }
    }
    assertThat(wrong).as("what was wrong, by seed: -Dcertflux.seed=N tells it").isEmpty();
  }

  private static void note(long seed, List<String> complaints, Map<Long, List<String>> wrong) {
    if (!complaints.isEmpty()) {
      wrong.put(seed, complaints);
    }
  }

  @Test
  void aSeedIsAlwaysTheSameHistory() {
    for (long seed = 1; seed <= 20; seed++) {
      List<String> once = new ArrayList<>();
      List<String> again = new ArrayList<>();
      Simulation.run(seed, once);
      Simulation.run(seed, again);
      assertThat(again).as("seed %d", seed).isNotEmpty().isEqualTo(once);
    }
  }
}
