package io.github.certflux.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import reactor.core.Disposable;
import reactor.core.publisher.Hooks;

/**
 * One history from a seed: drawn steps by drawn processes in drawn circumstances; then the trouble
 * ends, everything is asked for once more, and the processes are started anew and closed.
 */
final class Simulation {
  private static final Duration LONGEST = Duration.ofMinutes(15);
  private static final Duration WINDOW_AND_MORE = Duration.ofSeconds(40);

  private final World world;
  private final List<Step> steps;
  private final Node[] processes;
  private int started;

  private Simulation(long seed, List<String> trace) {
    SplittableRandom random = new SplittableRandom(seed);
    Setting setting = Setting.draw(random);
    this.steps = Step.draw(setting, random);
    this.world = new World(setting, random, trace);
    this.processes = new Node[setting.processes()];
  }

  /**
   * Runs the history of a seed.
   *
   * @param trace is given each thing that happens
   * @return what is wrong at its end
   */
  static List<String> run(long seed, List<String> trace) {
    Simulation simulation = new Simulation(seed, trace);
    simulation.world.trace("", simulation.world.setting.toString());
    Hooks.onErrorDropped(
        error -> simulation.world.complaints.add("an error that nobody was told of: " + error));
    try {
      simulation.run();
    } catch (RuntimeException | Error e) {
      simulation.world.complaints.add("failed by " + e);
      if (trace != Trace.NONE) {
        e.printStackTrace();
      }
    } finally {
      Hooks.resetOnErrorDropped();
    }
    return new Verdict(simulation.world).complaints();
  }

  private void run() {
    for (Step step : steps) {
      world.time.pass(step.after());
      take(step);
    }
    world.calm = true;
    for (Node process : processes) {
      if (process != null) {
        process.crashAt(Integer.MAX_VALUE);
      }
    }
    settle("what was begun");
    for (int i = 0; i < processes.length; i++) {
      alive(i).rollOver();
      alive(i).details();
    }
    names().forEach(name -> alive(world.random.nextInt(processes.length)).issue(name));
    settle("what was begun when the trouble had ended");
    closeAll();
    for (int i = 0; i < processes.length; i++) {
      alive(i).details();
    }
    settle("what was begun by the processes that were started anew");
    world.time.pass(WINDOW_AND_MORE);
    closeAll();
  }

  private Iterable<String> names() {
    TreeSet<String> asked = new TreeSet<>();
    for (Operation operation : world.operations) {
      if (operation.kind == Step.Kind.ISSUE) {
        asked.add(operation.what.substring("issue ".length()));
      }
    }
    return new ArrayList<>(asked);
  }

  private void closeAll() {
    for (Node process : processes) {
      if (process != null) {
        process.close();
      }
    }
  }

  private void settle(String what) {
    if (!world.time.passUntil(
        () -> world.operations.stream().noneMatch(Operation::isRunning), LONGEST)) {
      world.operations.stream()
          .filter(Operation::isRunning)
          .forEach(running -> world.complaints.add(what + " does not end: " + running));
    }
  }

  /** A process that lives, started anew where it died. */
  private Node alive(int index) {
    Node process = processes[index];
    if (process == null || !process.isAlive()) {
      process = new Node(world, (char) ('A' + index) + String.valueOf(++started));
      processes[index] = process;
    }
    return process;
  }

  private void take(Step step) {
    Node process = alive(step.process());
    switch (step.kind()) {
      case DETAILS -> process.details();
      case CONTACT -> process.contact();
      case ISSUE -> process.issue(name(step.argument()));
      case ISSUE_CANCELLED -> {
        Disposable issue = process.issue(name(step.argument() % world.setting.names()));
        process.cancel(issue, step.argument());
      }
      case ROLL_OVER -> process.rollOver();
      case ROLL_OVER_CANCELLED -> process.cancel(process.rollOver(), step.argument());
      case CRASH -> process.crash();
      case CRASH_AT_AN_EVENT -> process.crashAt(step.argument());
      case CLOSE -> process.close();
    }
  }

  private static String name(int number) {
    return "name" + number + ".example.org";
  }
}
