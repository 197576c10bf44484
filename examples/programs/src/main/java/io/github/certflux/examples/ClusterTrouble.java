package io.github.certflux.examples;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/** What happens to a cluster: nodes are killed and hang, and so does the server of the store. */
final class ClusterTrouble {
  private static final Duration LOOKS = Duration.ofSeconds(10);

  private final List<NodeProcess> nodes;
  private final ClusterStore store;
  private final BiConsumer<String, String> told;
  private final List<Later> later = new ArrayList<>();
  private final Instant begin = Instant.now();
  private final Duration time;
  private int kills;
  private int hangs;
  private int pauses;
  private int restarts;

  /** What is done when it is time. */
  private record Later(Instant when, Step step) {}

  private interface Step {
    void make() throws Exception;
  }

  ClusterTrouble(
      List<NodeProcess> nodes, ClusterStore store, BiConsumer<String, String> told, Duration time) {
    this.nodes = nodes;
    this.store = store;
    this.told = told;
    this.time = time;
  }

  /** Kills a node so often; not the last that serves. */
  ClusterTrouble kills(Duration every) {
    return again(every, () -> victim().ifPresent(this::kill));
  }

  /** Lets a node hang so often, for so long. */
  ClusterTrouble hangs(Duration every, Duration hang) {
    return again(every, () -> victim().ifPresent(node -> hang(node, hang)));
  }

  /** Lets the store's server hang in the middle, and restarts it later. */
  ClusterTrouble pause(Duration pause) throws Exception {
    if (!pause.isZero() && !store.processes().isEmpty()) {
      Instant stopped = begin.plus(time.dividedBy(3));
      later.add(
          new Later(
              stopped,
              () -> {
                pauses++;
                told.accept("store", "stopped");
                store.signal("STOP");
              }));
      later.add(
          new Later(
              stopped.plus(pause),
              () -> {
                store.signal("CONT");
                told.accept("store", "goes on");
              }));
      later.add(
          new Later(
              begin.plus(time.multipliedBy(2).dividedBy(3)),
              () -> {
                restarts++;
                told.accept("store", "killed");
                store.signal("KILL");
                store.start();
                told.accept("store", "started again");
              }));
    }
    return this;
  }

  private ClusterTrouble again(Duration every, Step step) {
    if (!every.isZero()) {
      later.add(
          new Later(
              Instant.now().plus(every),
              () -> {
                step.make();
                again(every, step);
              }));
    }
    return this;
  }

  void makeIfItIsTime() throws Exception {
    for (Later each : List.copyOf(later)) {
      if (!each.when.isAfter(Instant.now())) {
        later.remove(each);
        each.step.make();
      }
    }
  }

  /** Nothing hangs in the end. */
  void end() throws Exception {
    store.signal("CONT");
  }

  private Optional<NodeProcess> victim() {
    List<NodeProcess> serving =
        new ArrayList<>(nodes.stream().filter(NodeProcess::serves).toList());
    Collections.shuffle(serving);
    return serving.size() > 1 ? Optional.of(serving.get(0)) : Optional.empty();
  }

  private void kill(NodeProcess node) {
    kills++;
    told.accept("node " + node.number, "killed, and started again");
    try {
      node.kill();
    } catch (Exception e) {
      throw new Program.Failure("a node can't be started", e);
    }
  }

  private void hang(NodeProcess node, Duration hang) {
    hangs++;
    told.accept("node " + node.number, "hangs");
    int life = node.life();
    try {
      node.stop();
    } catch (Exception e) {
      throw new Program.Failure("a node can't be stopped", e);
    }
    Instant on = Instant.now().plus(hang);
    later.add(
        new Later(
            on,
            () -> {
              told.accept("node " + node.number, "goes on");
              node.resume();
            }));
    later.add(
        new Later(
            on.plus(LOOKS),
            () -> {
              if (node.life() == life) {
                node.isTrusted();
              }
            }));
  }

  Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("kills", kills);
    figures.put("hangs", hangs);
    figures.put("storePauses", pauses);
    figures.put("storeRestarts", restarts);
    return figures;
  }
}
