package io.github.certflux.crash;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import reactor.core.publisher.Mono;

/**
 * Tells the parent each step of this process, a line each, and stops at one of them: what is asked
 * there never goes on, and the parent kills.
 */
final class Steps {
  static final String STEP = "@step ";
  static final String STOPPED = "@stopped";
  static final String WELL = "@well";
  static final String ISSUED = "@issued ";
  static final String RESTORED = "@restored";

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final String stop;
  private final Map<String, Integer> times = new HashMap<>();
  private volatile String phase = "start";
  private boolean begun;

  /**
   * Steps.
   *
   * @param stop the one to stop at; empty for none
   */
  Steps(String stop) {
    this.stop = stop;
  }

  /** From now on steps are told, and one is stopped at. */
  void begin() {
    synchronized (times) {
      begun = true;
    }
  }

  /** What is done from now on. */
  void phase(String name) {
    phase = name;
  }

  String phase() {
    return phase;
  }

  void say(String line) {
    out.println(line);
  }

  /** Work that is a step: told when it is done. Until the next is, nothing outside changes. */
  <T> Mono<T> step(String what, Mono<T> work) {
    Mono<Boolean> after = Mono.fromSupplier(() -> stopsAt(what));
    return work.flatMap(value -> after.flatMap(stops -> stops ? Mono.never() : Mono.just(value)))
        .switchIfEmpty(after.flatMap(stops -> stops ? Mono.never() : Mono.empty()));
  }

  private boolean stopsAt(String what) {
    String step;
    synchronized (times) {
      if (!begun) {
        return false;
      }
      step = what + " #" + times.merge(what, 1, Integer::sum);
    }
    say(STEP + step);
    if (step.equals(stop)) {
      say(STOPPED);
      return true;
    }
    return false;
  }
}
