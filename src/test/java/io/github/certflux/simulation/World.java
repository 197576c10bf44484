package io.github.certflux.simulation;

import io.github.certflux.store.MemoryStore;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import reactor.core.publisher.Mono;

/** What the processes of one history share: time, the CA, the store, the web servers. */
final class World {
  final Setting setting;
  final SimulatedTime time = new SimulatedTime();
  final MemoryStore memory = MemoryStore.create(time);
  final CheapKeys keys;
  final TestCa ca;
  final SplittableRandom random;

  /** The proofs that can be fetched, by token. */
  final Map<String, String> standing = new HashMap<>();

  final List<Operation> operations = new ArrayList<>();
  final Orders orders = new Orders(this);

  /** What went wrong, other than an operation that failed. */
  final List<String> complaints = new ArrayList<>();

  /** From now on nothing goes wrong any more. */
  boolean calm;

  private final List<String> trace;
  private final boolean traced;

  World(Setting setting, SplittableRandom random, List<String> trace) {
    this.setting = setting;
    this.random = random.split();
    this.keys = new CheapKeys(random.split());
    this.trace = trace;
    this.traced = trace != Trace.NONE;
    this.ca =
        setting
            .of(TestCa.builder())
            .scheduler(time)
            .random(random.split())
            .signatureCheck(CheapKeys.check())
            .validation(Validation.lookup(proof -> Mono.justOrEmpty(standing.get(proof.token()))))
            .inMemory();
  }

  /** Whether something of that probability happens now. */
  boolean happens(double probability) {
    return !calm && probability > 0 && random.nextDouble() < probability;
  }

  /** A time of up to so many milliseconds. */
  Duration upTo(int millis) {
    return Duration.ofNanos(random.nextLong(millis * 1_000_000L + 1));
  }

  boolean traced() {
    return traced;
  }

  void trace(String who, String what) {
    if (traced) {
      trace.add(String.format("%10.3f %-4s %s", time.elapsed().toNanos() / 1e9, who, what));
    }
  }
}
