package io.github.certflux.simulation;

import java.util.List;

/** Runs many histories outside a test: {@code Soak FIRST COUNT}, as {@code .ci/soak} does. */
final class Soak {
  private Soak() {}

  public static void main(String[] args) {
    long first = Long.parseLong(args[0]);
    long count = Long.parseLong(args[1]);
    Quiet.log();
    long began = System.nanoTime();
    int wrong = 0;
    for (long seed = first; seed < first + count; seed++) {
      List<String> complaints = Simulation.run(seed, Trace.NONE);
      if (!complaints.isEmpty()) {
        wrong++;
        System.out.println("seed " + seed + " " + complaints);
      }
      long done = seed - first + 1;
      if (done % 1_000 == 0 || done == count) {
        long millis = (System.nanoTime() - began) / 1_000_000;
        System.out.printf(
            "seeds %d to %d: %d wrong, %.1f ms each%n", first, seed, wrong, (double) millis / done);
      }
    }
    System.exit(wrong == 0 ? 0 : 1);
  }
}
