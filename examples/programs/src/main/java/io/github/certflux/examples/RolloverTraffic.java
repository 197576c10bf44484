package io.github.certflux.examples;

import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Keeps each operation of the pipelines, and when key-changes were answered. */
final class RolloverTraffic implements AcmeObserver {
  /** How long after the answer to a key-change an operation is inside: Boulder's account cache. */
  static final Duration INSIDE = Duration.ofSeconds(5);

  /** What the pipelines ask for; the rollover's own requests are not theirs. */
  private static final Set<AcmeOperation> COUNTED =
      EnumSet.of(
          AcmeOperation.ACCOUNT,
          AcmeOperation.UPDATE_ACCOUNT,
          AcmeOperation.NEW_ORDER,
          AcmeOperation.ORDER,
          AcmeOperation.AUTHORIZATION,
          AcmeOperation.CHALLENGE,
          AcmeOperation.FINALIZE,
          AcmeOperation.CERTIFICATE);

  private static final double NANOS = 1e6;

  /**
   * One signed request, with all its tries.
   *
   * @param what was asked
   * @param startNanos from the beginning of the measurement
   * @param endNanos likewise
   * @param attempts how many requests were sent
   * @param refused how many of them were sent again with another key
   * @param failed whether it ended with an error
   */
  record Operation(
      AcmeOperation what,
      long startNanos,
      long endNanos,
      int attempts,
      int refused,
      boolean failed) {
    double ms() {
      return (endNanos - startNanos) / NANOS;
    }
  }

  /**
   * What it all came to; times are those of operations.
   *
   * @param operations how many there were
   * @param failed how many steps of pipelines failed, and rollovers
   * @param failedRequests operations that ended with an error, also where the pipeline went on
   * @param refused requests sent again with another key
   * @param inside operations under way inside a window
   * @param refusedPerOperation how many requests of one inside were sent again with another key, on
   *     average
   * @param afterWindowMs how long after the end of its window the last operation was done that had
   *     begun in it
   */
  record Figures(
      int operations,
      int failed,
      long failedRequests,
      long refused,
      int inside,
      double refusedPerOperation,
      double insideP50Ms,
      double insideP95Ms,
      double insideMaxMs,
      double outsideP50Ms,
      double outsideP95Ms,
      double outsideMaxMs,
      double firstSuccessMs,
      double afterWindowMs,
      int rollovers) {}

  private final Queue<Operation> operations = new ConcurrentLinkedQueue<>();
  private final Queue<Long> keyChanges = new ConcurrentLinkedQueue<>();
  private final AtomicInteger failed = new AtomicInteger();
  private volatile long beganNanos;
  private volatile long stoppedNanos = Long.MAX_VALUE;
  private volatile boolean measuring;

  /** From now on. */
  void begin() {
    beganNanos = System.nanoTime();
    measuring = true;
  }

  /** What begins from now on does not count, unless it fails. */
  void stop() {
    stoppedNanos = now();
  }

  /** A pipeline's step, or a rollover, ended with an error. */
  void failed() {
    failed.incrementAndGet();
  }

  private long now() {
    return System.nanoTime() - beganNanos;
  }

  @Override
  public void tried(Try event) {
    if (measuring
        && event.operation() == AcmeOperation.KEY_CHANGE
        && event.next() == AcmeObserver.Next.DONE) {
      keyChanges.add(now());
    }
  }

  @Override
  public void ended(Ended event) {
    if (!measuring || !COUNTED.contains(event.operation())) {
      return;
    }
    long end = now();
    long start = end - event.took().toNanos();
    if (start >= 0 && start < stoppedNanos && event.outcome() != Outcome.CANCELLED) {
      boolean error = event.outcome() == Outcome.FAILED;
      operations.add(
          new Operation(event.operation(), start, end, event.attempts(), event.refused(), error));
    }
  }

  List<Operation> operations() {
    return List.copyOf(operations);
  }

  /** When key-changes were answered, in nanoseconds from the beginning. */
  List<Long> keyChanges() {
    return List.copyOf(keyChanges);
  }

  /** The slowest inside a window, slowest first. */
  List<Operation> slowestInside(int count) {
    List<Long> answers = keyChanges();
    return operations.stream()
        .filter(each -> inside(each, answers))
        .sorted(Comparator.comparingDouble(Operation::ms).reversed())
        .limit(count)
        .toList();
  }

  /** Whether it was under way at any moment of a window. */
  private static boolean inside(Operation operation, List<Long> answers) {
    for (long answer : answers) {
      if (operation.endNanos() >= answer && operation.startNanos() <= answer + INSIDE.toNanos()) {
        return true;
      }
    }
    return false;
  }

  Figures figures() {
    List<Operation> all = operations();
    List<Long> answers = keyChanges();
    List<Operation> inside = all.stream().filter(each -> inside(each, answers)).toList();
    double[] insideMs = sorted(inside, each -> true);
    double[] outsideMs = sorted(all, each -> !inside(each, answers));
    return new Figures(
        all.size(),
        failed.get(),
        all.stream().filter(Operation::failed).count(),
        all.stream().mapToLong(Operation::refused).sum(),
        inside.size(),
        Math.round(inside.stream().mapToInt(Operation::refused).average().orElse(0) * 100) / 100.0,
        percentile(insideMs, 0.5),
        percentile(insideMs, 0.95),
        percentile(insideMs, 1),
        percentile(outsideMs, 0.5),
        percentile(outsideMs, 0.95),
        percentile(outsideMs, 1),
        answers.stream().mapToDouble(answer -> firstSuccess(all, answer)).max().orElse(0),
        inside.stream().mapToDouble(each -> afterWindow(each, answers)).max().orElse(0),
        answers.size());
  }

  /** A rollover that was answered meanwhile makes the window longer. */
  private static double afterWindow(Operation operation, List<Long> answers) {
    long over =
        answers.stream()
                .filter(answer -> answer <= operation.endNanos())
                .mapToLong(Long::longValue)
                .max()
                .orElse(operation.endNanos())
            + INSIDE.toNanos();
    return operation.startNanos() > over
        ? 0
        : Math.max(0, rounded((operation.endNanos() - over) / NANOS));
  }

  /** Of the operations that began after the answer. */
  private static double firstSuccess(List<Operation> all, long answer) {
    return all.stream()
        .filter(each -> each.startNanos() >= answer && !each.failed())
        .mapToDouble(each -> rounded((each.endNanos() - answer) / NANOS))
        .min()
        .orElse(Double.NaN);
  }

  private static double[] sorted(List<Operation> all, Predicate<Operation> which) {
    return all.stream().filter(which).mapToDouble(Operation::ms).sorted().toArray();
  }

  private static double percentile(double[] sorted, double part) {
    if (sorted.length == 0) {
      return 0;
    }
    int rank = (int) Math.ceil(sorted.length * part) - 1;
    return rounded(sorted[Math.max(0, rank)]);
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
