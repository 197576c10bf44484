package io.github.certflux.simulation;

import io.github.certflux.IssueEvent;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which orders are known to the processes, to check that each is finished: once an order was told,
 * the next issue of the same request takes it up, whatever happened in between.
 */
final class Orders {
  private final World world;
  private final Map<String, Known> byName = new HashMap<>();
  private int lostAnswers;
  private int issues;

  private static final class Known {
    private final Set<Operation> running = new HashSet<>();

    /** Those that may have made an order, and ended before that was told. */
    private final Set<Operation> untold = new HashSet<>();

    private @Nullable URI order;
    private @Nullable Node holder;

    /** Whether two worked on this request at a time: then there is one record for two orders. */
    private boolean shared;
  }

  Orders(World world) {
    this.world = world;
  }

  /** The CA has made an order, of which its client learns or not. */
  void created(boolean answered) {
    if (!answered) {
      lostAnswers++;
    }
  }

  /** The order that an issue must take up; null when it may make one. */
  @Nullable URI begin(String name, Operation issue, Node process) {
    Known known = byName.computeIfAbsent(name, n -> new Known());
    known.running.removeIf(other -> !other.isRunning());
    if (known.untold.removeIf(other -> !other.isRunning())) {
      known.order = null; // which one stands in the store is not known
    }
    if (known.running.isEmpty()) {
      known.shared &= known.order != null;
    } else {
      known.shared = true;
    }
    known.running.add(issue);
    issues++;
    boolean live = known.order != null && isLive(known.order);
    // a process that lives keeps what it began
    boolean alone =
        world.operations.stream()
            .map(operation -> operation.process)
            .noneMatch(other -> other != process && other.isAlive());
    boolean free =
        known.holder == process || alone || (known.holder != null && !known.holder.isAlive());
    if (known.holder != process) {
      known.holder = null; // whether this one takes it over is not known before it is told
    }
    if (live && free && !known.shared && world.setting.freeAtOnce()) {
      return known.order;
    }
    known.untold.add(issue);
    return null;
  }

  private boolean isLive(URI order) {
    return world
        .ca
        .truth()
        .order(order)
        .filter(found -> !found.status().equals(Status.INVALID))
        .isPresent();
  }

  void told(String name, IssueEvent event, Node process, @Nullable URI expected, boolean first) {
    Known known = byName.get(name);
    switch (event.kind()) {
      case ORDERED -> {
        if (first
            && expected != null
            && !known.shared
            && isLive(expected)
            && !expected.equals(event.order().url())) {
          world.complaints.add(
              "an issue of " + name + " began " + event.order().url() + ", not " + expected);
        }
        known.order = event.order().url();
        known.holder = process;
        known.untold.removeIf(issue -> issue.process == process);
      }
      case ISSUED -> known.order = null;
      default -> {
        // no other order
      }
    }
  }

  /** How many orders there may be at most. */
  long most() {
    long invalid =
        world.ca.truth().orders().stream().filter(o -> o.status().equals(Status.INVALID)).count();
    return issues + lostAnswers + invalid;
  }
}
