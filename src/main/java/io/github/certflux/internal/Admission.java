package io.github.certflux.internal;

import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * How many requests may be between their nonce and their answer at a time. Who waits does so here,
 * before a nonce is taken, so that nonces don't age in a queue; what finishes an order goes first.
 */
public final class Admission {

  /** What is let in first. */
  public enum Priority {
    /** What holds a nonce already, which must not age in a queue. */
    HOLDS_NONCE,
    /** What ends an order: a poll, a finalize, a download. */
    FINISH,
    /** Everything else. */
    NORMAL,
    /** What begins an order. */
    START
  }

  private final int limit;
  private final Map<Priority, Set<Ticket>> waiting = new EnumMap<>(Priority.class);
  private final Loop loop = new Loop();
  private int waiters;
  private int inside;

  /**
   * An admission.
   *
   * @param limit how many may be inside at a time: 1 or more
   */
  public Admission(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1, not " + limit);
    }
    this.limit = limit;
    for (Priority priority : Priority.values()) {
      waiting.put(priority, new LinkedHashSet<>()); // in order, and who gives up leaves at once
    }
  }

  /** A ticket that asks for nothing yet. */
  public Ticket ticket(Priority priority) {
    return new Ticket(priority);
  }

  /** How many are inside. */
  public synchronized int inside() {
    return inside;
  }

  private boolean letOneIn() {
    Ticket next;
    synchronized (this) {
      next = inside < limit ? first() : null;
      if (next == null) {
        return false;
      }
      next.leaveQueue();
      inside++;
      next.state = State.INSIDE;
    }
    next.admit();
    return true;
  }

  private @Nullable Ticket first() {
    for (Set<Ticket> queue : waiting.values()) {
      if (!queue.isEmpty()) {
        return queue.iterator().next();
      }
    }
    return null;
  }

  private enum State {
    NEW,
    WAITING,
    INSIDE,
    CLOSED
  }

  /** A place, or the wait for one; made for one request. */
  public final class Ticket implements AutoCloseable {
    private final Priority priority;
    private State state = State.NEW;
    private @Nullable MonoSink<Boolean> sink;

    private Ticket(Priority priority) {
      this.priority = priority;
    }

    /** Whether there was a place at once; if not, {@link #admitted} waits for one. */
    public boolean enter() {
      synchronized (Admission.this) {
        if (state != State.NEW) {
          throw new IllegalStateException("a ticket is used once");
        }
        if (inside < limit && waiters == 0) { // nobody is overtaken
          inside++;
          state = State.INSIDE;
          return true;
        }
        return false;
      }
    }

    /** Signals true once there is a place; {@link #close} gives up the wait. */
    public Mono<Boolean> admitted() {
      return Mono.create(
          s -> {
            synchronized (Admission.this) {
              if (state == State.CLOSED) {
                return;
              }
              sink = s;
              state = State.WAITING;
              queue().add(this);
              waiters++;
            }
            loop.run(Admission.this::letOneIn);
          });
    }

    private Set<Ticket> queue() {
      return Objects.requireNonNull(waiting.get(priority));
    }

    private void leaveQueue() {
      queue().remove(this);
      waiters--;
    }

    private void admit() {
      MonoSink<Boolean> waiter = sink;
      if (waiter != null) {
        waiter.success(true);
      }
    }

    /** Leaves, or gives up the wait. */
    @Override
    public void close() {
      synchronized (Admission.this) {
        State before = state;
        state = State.CLOSED;
        if (before == State.WAITING) {
          leaveQueue();
          return;
        }
        if (before != State.INSIDE) {
          return;
        }
        inside--;
        if (waiters == 0) {
          return;
        }
      }
      loop.run(Admission.this::letOneIn);
    }
  }
}
