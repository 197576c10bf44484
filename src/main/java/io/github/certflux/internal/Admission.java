package io.github.certflux.internal;

import java.time.Duration;
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
 *
 * <p>A server that says "not now" halves the limit, once for all the requests that were under way
 * at that moment; answers bring it back, by one for each limit's worth of them. A server that says
 * so to a request that was alone is left in peace for as long as it asks, ten seconds at most.
 */
public final class Admission {
  private static final Duration LONGEST_PEACE = Duration.ofSeconds(10);

  /** What is let in first. */
  public enum Priority {
    /** What was let in before and is sent again at once. */
    AGAIN,
    /** What ends an order: a poll, a finalize, a download. */
    FINISH,
    /** Everything else. */
    NORMAL,
    /** What begins an order. */
    START
  }

  private final int most;
  private final Timing timing;
  private final Map<Priority, Set<Ticket>> waiting = new EnumMap<>(Priority.class);
  private final Loop loop = new Loop();
  private double limit;
  private int waiters;
  private int inside;
  private long entries;
  private long slowedAt;
  private boolean shut;

  /**
   * An admission.
   *
   * @param most how many may be inside at a time: 1 or more
   * @param timing for the time in which nobody is let in
   */
  public Admission(int most, Timing timing) {
    if (most < 1) {
      throw new IllegalArgumentException("limit must be at least 1, not " + most);
    }
    this.most = most;
    this.timing = timing;
    this.limit = most;
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

  /** How many may be inside now. */
  public synchronized int limit() {
    return (int) limit;
  }

  private boolean hasPlace() {
    return !shut && inside < (int) limit;
  }

  /** Ends the time in which nobody is let in. */
  void open() {
    synchronized (this) {
      shut = false;
    }
    loop.run(this::letOneIn);
  }

  private boolean letOneIn() {
    Ticket next;
    synchronized (this) {
      next = hasPlace() ? first() : null;
      if (next == null) {
        return false;
      }
      next.leaveQueue();
      next.takePlace();
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
    private long entry;
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
        if (hasPlace() && waiters == 0) { // nobody is overtaken
          takePlace();
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

    private void takePlace() {
      inside++;
      entry = ++entries;
      state = State.INSIDE;
    }

    /** The server has answered this request: it can be asked a little more. */
    public void answered() {
      synchronized (Admission.this) {
        if (limit >= most) {
          return;
        }
        limit = Math.min(most, limit + 1 / limit);
      }
      loop.run(Admission.this::letOneIn);
    }

    /**
     * The server has said "not now" to this request: it is to be asked less.
     *
     * @param wait for how long the server wants to be left in peace
     */
    public void refused(Duration wait) {
      synchronized (Admission.this) {
        if (entry <= slowedAt) {
          return; // part of what was too much already
        }
        slowedAt = entries;
        boolean alone = limit < 2;
        limit = Math.max(1, limit / 2);
        if (!alone || shut) {
          return;
        }
        shut = true;
      }
      Duration peace = wait.compareTo(LONGEST_PEACE) > 0 ? LONGEST_PEACE : wait;
      timing.delay(peace).subscribe(over -> open(), error -> open());
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
