package io.github.certflux.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
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
    /** What ends an order: a poll, a finalize, a download. */
    FINISH,
    /** Everything else. */
    NORMAL,
    /** What begins an order. */
    START
  }

  private final int limit;
  private final Map<Priority, Deque<Ticket>> waiting = new EnumMap<>(Priority.class);
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
      waiting.put(priority, new ArrayDeque<>());
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

  private void letIn() {
    while (true) {
      Ticket next;
      synchronized (this) {
        if (inside >= limit) {
          return;
        }
        next = poll();
        if (next == null) {
          return;
        }
        inside++;
        next.state = State.INSIDE;
      }
      next.admit();
    }
  }

  private @Nullable Ticket poll() {
    for (Deque<Ticket> queue : waiting.values()) {
      Ticket ticket = queue.pollFirst();
      if (ticket != null) {
        return ticket;
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
        if (inside < limit) {
          inside++;
          state = State.INSIDE;
          return true;
        }
        return false;
      }
    }

    /** Signals true once there is a place. Cancelling and {@link #close} give up the wait. */
    public Mono<Boolean> admitted() {
      return Mono.create(
          s -> {
            synchronized (Admission.this) {
              if (state == State.CLOSED) {
                return;
              }
              sink = s;
              state = State.WAITING;
              queue().addLast(this);
            }
            letIn();
          });
    }

    private Deque<Ticket> queue() {
      return Objects.requireNonNull(waiting.get(priority));
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
          queue().remove(this);
          return;
        }
        if (before != State.INSIDE) {
          return;
        }
        inside--;
      }
      letIn();
    }
  }
}
