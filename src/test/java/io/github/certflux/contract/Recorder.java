package io.github.certflux.contract;

import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Keeps what a client tells its observer. */
final class Recorder implements AcmeObserver {
  private final List<Try> tries = new ArrayList<>();
  private final List<Ended> ended = new ArrayList<>();
  private int windowsEnded;

  @Override
  public synchronized void tried(Try event) {
    tries.add(event);
  }

  @Override
  public synchronized void ended(Ended event) {
    ended.add(event);
  }

  @Override
  public synchronized void windowEnded(Window event) {
    windowsEnded++;
  }

  /** The operations so far, in the order of their ends. */
  synchronized List<Ended> operations() {
    return List.copyOf(ended);
  }

  synchronized long count(AcmeOperation operation) {
    return ended.stream().filter(e -> e.operation() == operation).count();
  }

  synchronized List<Ended> failed() {
    return ended.stream().filter(e -> e.outcome() != Outcome.DONE).toList();
  }

  /** How many requests were answered or lost. */
  synchronized int tries() {
    return tries.size();
  }

  /** How many requests of an operation were answered with a problem. */
  synchronized long answered(AcmeOperation operation, String problem) {
    return tries.stream()
        .filter(t -> t.operation() == operation)
        .filter(t -> t.problem().filter(problem::equals).isPresent())
        .count();
  }

  /** How many requests of an operation were answered or lost. */
  synchronized long tries(AcmeOperation operation) {
    return tries.stream().filter(t -> t.operation() == operation).count();
  }

  /** How many rollover windows are over. */
  synchronized int windowsEnded() {
    return windowsEnded;
  }

  /** How many requests a front end refused since it did not know their key. */
  synchronized int refused() {
    return ended.stream().mapToInt(Ended::refused).sum();
  }

  /** How many nonces were refused. */
  synchronized long badNonces() {
    return tries.stream().filter(t -> t.problem().filter("badNonce"::equals).isPresent()).count();
  }

  /** For people: counts, and the longest operation. */
  synchronized String summary() {
    Ended slowest = ended.stream().max(Comparator.comparing(Ended::took)).orElseThrow();
    Duration took = slowest.took();
    return "%d operations, %d requests, %d refused keys, %d bad nonces; slowest %s %d ms (%d tries)"
        .formatted(
            ended.size(),
            tries(),
            refused(),
            badNonces(),
            slowest.operation(),
            took.toMillis(),
            slowest.attempts());
  }
}
