package io.github.certflux.examples;

import io.github.certflux.protocol.AcmeObserver;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/** Prints each step with its time and its tries, and keeps the figures; steps don't overlap. */
final class Steps implements AcmeObserver {

  /**
   * A step.
   *
   * @param run in which run
   * @param what its name
   * @param ms from subscription to result
   * @param failed whether it failed
   */
  private record Step(int run, String what, double ms, boolean failed) {}

  /**
   * What the steps came to.
   *
   * @param operations how many steps there were
   * @param failed how many of them failed
   * @param tries how many requests were sent for them
   * @param refused how many of those a front end refused because it did not know the key
   * @param slowestMs the slowest step of all runs but the first, in which the JVM warms up
   * @param slowest its name
   * @param slowestOnWireMs the slowest request of the same runs with all its tries; the rest of a
   *     step is the store's
   * @param p50Ms the median of the same steps
   * @param p95Ms their 95th percentile
   * @param seconds from the first step to now
   */
  record Figures(
      int operations,
      long failed,
      int tries,
      int refused,
      double slowestMs,
      String slowest,
      double slowestOnWireMs,
      double p50Ms,
      double p95Ms,
      double seconds) {}

  private final PrintStream out;
  private final List<Step> done = new ArrayList<>();
  private final long startedNanos = System.nanoTime();
  private int run = 1;
  private int tries;
  private int refused;
  private double slowestOnWireMs;

  // Of the step under way:
  private long begunNanos = System.nanoTime();
  private final Map<String, Integer> sent = new LinkedHashMap<>();
  private final Set<String> troubles = new LinkedHashSet<>();
  private int refusedNow;

  Steps(PrintStream out) {
    this.out = out;
  }

  /** The next run begins. */
  synchronized void run(int number) {
    run = number;
    if (number == 2) {
      slowestOnWireMs = 0; // the JVM is warm from now on
    }
    out.printf("run %d%n", number);
  }

  /** Tells of this work when it has ended. */
  <T> Mono<T> step(String what, Mono<T> work) {
    return Mono.defer(
        () -> {
          begin();
          return work.doOnSuccess(value -> end(value == null ? what + ": none" : what, false))
              .doOnError(error -> end(what, true));
        });
  }

  /** Tells of what has been reached since the last step. */
  void reached(String what) {
    end(what, false);
  }

  private synchronized void begin() {
    begunNanos = System.nanoTime();
    sent.clear();
    troubles.clear();
    refusedNow = 0;
  }

  private synchronized void end(String what, boolean failed) {
    double ms = millisSince(begunNanos);
    done.add(new Step(run, what, ms, failed));
    out.printf(
        Locale.ROOT, "  %-40s %9.1f ms   %s%s%n", what, ms, tried(), failed ? "   FAILED" : "");
    begin();
  }

  private String tried() {
    int count = sent.values().stream().mapToInt(Integer::intValue).sum();
    String words = count == 1 ? " 1 try  " : String.format(Locale.ROOT, "%2d tries", count);
    if (sent.size() > 1) {
      words +=
          sent.entrySet().stream()
              .map(each -> each.getKey() + " " + each.getValue())
              .collect(Collectors.joining(", ", "   (", ")"));
    }
    if (refusedNow > 0) {
      words += "   " + refusedNow + " refused by a front end that did not know the key";
    }
    return troubles.isEmpty() ? words : words + "   again after " + String.join(", ", troubles);
  }

  @Override
  public synchronized void tried(Try event) {
    if (event.next() == Next.AGAIN) {
      troubles.add(event.problem().orElse("HTTP " + event.status()));
    }
  }

  @Override
  public synchronized void ended(Ended event) {
    if (event.attempts() > 0) {
      sent.merge(event.operation().toString(), event.attempts(), Integer::sum);
    }
    tries += event.attempts();
    refused += event.refused();
    refusedNow += event.refused();
    slowestOnWireMs = Math.max(slowestOnWireMs, event.took().toNanos() / 1e6);
  }

  /** The figures so far. */
  synchronized Figures figures() {
    List<Step> warm = done.stream().filter(step -> step.run() > 1).toList();
    List<Step> measured =
        (warm.isEmpty() ? done : warm)
            .stream().sorted(Comparator.comparingDouble(Step::ms)).toList();
    int last = measured.size() - 1;
    return new Figures(
        done.size(),
        done.stream().filter(Step::failed).count(),
        tries,
        refused,
        last < 0 ? 0 : rounded(measured.get(last).ms()),
        last < 0 ? "" : measured.get(last).what(),
        rounded(slowestOnWireMs),
        last < 0 ? 0 : rounded(measured.get(last / 2).ms()),
        last < 0 ? 0 : rounded(measured.get((int) (last * 0.95)).ms()),
        rounded(millisSince(startedNanos) / 1000));
  }

  private static double millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e6;
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
