package io.github.certflux.internal;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A fair gate between challenges and rollovers of one account: any number of challenges may be
 * under way together, a rollover is alone. Who comes later waits behind who came first.
 */
public final class Gate {
  private final Set<Pass> waiting = new LinkedHashSet<>(); // in order
  private final Loop loop = new Loop();
  private int shared;
  private boolean exclusive;

  /** A pass for a challenge that is being validated. */
  public Pass shared() {
    return new Pass(false);
  }

  /** A pass for a rollover. */
  public Pass exclusive() {
    return new Pass(true);
  }

  private void open() {
    loop.run(this::letOneIn);
  }

  private boolean letOneIn() {
    Pass next;
    synchronized (this) {
      next = waiting.isEmpty() ? null : waiting.iterator().next();
      if (next == null || exclusive || (next.alone && shared > 0)) {
        return false;
      }
      waiting.remove(next);
      next.inside = true;
      if (next.alone) {
        exclusive = true;
      } else {
        shared++;
      }
    }
    next.admit();
    return true;
  }

  /** A way through the gate, for one section. */
  public final class Pass implements AutoCloseable {
    private final boolean alone;
    private boolean inside;
    private boolean closed;
    private @Nullable MonoSink<Pass> sink;

    private Pass(boolean alone) {
      this.alone = alone;
    }

    /** Signals this pass once it is inside. Cancelling gives up the wait. */
    public Mono<Pass> enter() {
      return Mono.create(
          s -> {
            synchronized (Gate.this) {
              if (closed) {
                return;
              }
              sink = s;
              waiting.add(this);
            }
            s.onCancel(this::giveUp);
            open();
          });
    }

    private void admit() {
      MonoSink<Pass> waiter = sink;
      if (waiter != null) {
        waiter.success(this);
      }
    }

    private void giveUp() {
      boolean left;
      synchronized (Gate.this) {
        left = waiting.remove(this);
      }
      if (left) {
        open();
      }
    }

    /** Leaves, or gives up the wait; does no harm twice. */
    @Override
    public void close() {
      synchronized (Gate.this) {
        if (closed) {
          return;
        }
        closed = true;
        waiting.remove(this);
        if (inside) {
          if (alone) {
            exclusive = false;
          } else {
            shared--;
          }
        }
      }
      open();
    }
  }
}
