package io.github.certflux.manager;

import io.github.certflux.internal.Timing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * What is to be looked at, and when: one queue and one timer, however many certificates there are.
 * So many looks are under way at a time, and so many that order. Thread-safe.
 */
final class DueQueue {
  private static final Logger LOG = LoggerFactory.getLogger(DueQueue.class);

  /** The clock may be set, or the machine have slept: it is read at least so often. */
  private static final Duration LONGEST_SLEEP = Duration.ofMinutes(1);

  /** What waits for nothing nearer is looked at once a day. */
  private static final Duration LONGEST_WAIT = Duration.ofHours(25);

  private static final int LOOKS = 64;
  private static final long AFTER_A_FAULT_MILLIS = 60_000;

  /**
   * What a look has found.
   *
   * @param at when to look again
   * @param order whether it needs a place among those that order, as soon as there is one
   */
  record Next(Instant at, boolean order) {
    static Next at(Instant time) {
      return new Next(time, false);
    }
  }

  private final Timing timing;
  private final int mostOrders;
  private final BiFunction<Managed, Boolean, Mono<Next>> look;

  private final TreeSet<Managed> waiting =
      new TreeSet<>(Comparator.<Managed>comparingLong(m -> m.due).thenComparingLong(m -> m.number));
  private final ArrayDeque<Managed> toOrder = new ArrayDeque<>();
  private final AtomicInteger draining = new AtomicInteger();
  private long numbers;
  private int looking;
  private int ordering;
  private boolean closed;
  private long timerAt = Long.MAX_VALUE;
  private long lastRead = Long.MIN_VALUE;
  private @Nullable Disposable timer;

  /**
   * A queue.
   *
   * @param mostOrders how many order at a time
   * @param look looks at a certificate, and orders if it may; fails only by mistake
   */
  DueQueue(Timing timing, int mostOrders, BiFunction<Managed, Boolean, Mono<Next>> look) {
    this.timing = timing;
    this.mostOrders = mostOrders;
    this.look = look;
  }

  /** To be looked at now. */
  void add(Managed managed) {
    synchronized (this) {
      managed.number = numbers++;
      managed.due = managed.isAwaited() ? 0 : timing.millis();
      waiting.add(managed);
    }
    drain();
  }

  /** To be looked at no more; a look under way is cancelled. */
  void remove(Managed managed) {
    Disposable running;
    synchronized (this) {
      managed.removed = true;
      waiting.remove(managed);
      toOrder.remove(managed);
      running = managed.running;
    }
    if (running != null) {
      running.dispose();
    }
  }

  /** To be looked at then, if not sooner; once more if a look is under way. */
  void hasten(Managed managed, Instant time) {
    synchronized (this) {
      if (managed.removed) {
        return;
      }
      if (waiting.contains(managed)) {
        if (time.toEpochMilli() < managed.due) {
          waiting.remove(managed);
          managed.due = time.toEpochMilli();
          waiting.add(managed);
        }
      } else {
        managed.again = true;
      }
    }
    drain();
  }

  /** Ends: nothing more is looked at. What is under way has to be removed. */
  void close() {
    synchronized (this) {
      closed = true;
      waiting.clear();
      toOrder.clear();
      if (timer != null) {
        timer.dispose();
      }
    }
  }

  /** Starts what is due, on whichever thread comes by, and never deeper in its own stack. */
  private void drain() {
    if (draining.getAndIncrement() != 0) {
      return;
    }
    int missed = 1;
    do {
      for (Managed next = take(); next != null; next = take()) {
        start(next);
      }
      missed = draining.addAndGet(-missed);
    } while (missed != 0);
  }

  private synchronized @Nullable Managed take() {
    if (closed) {
      return null;
    }
    if (ordering < mostOrders && !toOrder.isEmpty()) {
      ordering++;
      Managed next = toOrder.remove();
      next.ordering = true;
      return next;
    }
    if (waiting.isEmpty() || looking == LOOKS) {
      return null;
    }
    long now = timing.millis();
    if (Timing.isSetBack(lastRead, now)) {
      doubt(now);
    }
    lastRead = now;
    Managed first = waiting.first();
    if (first.due > now) {
      sleep(now, first.due);
      return null;
    }
    waiting.remove(first);
    looking++;
    first.ordering = false;
    return first;
  }

  /** The clock was ahead, and so may be what anything waits for: all are looked at. */
  private void doubt(long now) {
    LOG.warn("event=clock-set-back certificates={} next=look-at-all", waiting.size());
    long spread = Hints.spread(waiting.size()).toMillis();
    List<Managed> all = List.copyOf(waiting);
    waiting.clear();
    for (Managed each : all) {
      each.due = Math.min(each.due, now + timing.random().nextLong(spread));
      waiting.add(each);
    }
  }

  private void sleep(long now, long until) {
    long at = Math.min(until, now + LONGEST_SLEEP.toMillis());
    if (at >= timerAt && timerAt > now) {
      return; // it wakes up before
    }
    if (timer != null) {
      timer.dispose();
    }
    timerAt = at;
    timer = timing.timer().schedule(this::awake, at - now, TimeUnit.MILLISECONDS);
  }

  private void awake() {
    synchronized (this) {
      timerAt = Long.MAX_VALUE;
    }
    drain();
  }

  private void start(Managed managed) {
    boolean order = managed.ordering;
    Disposable running =
        Mono.defer(() -> look.apply(managed, order))
            .doOnCancel(() -> ended(managed, order, null))
            .subscribe(
                next -> ended(managed, order, next),
                error -> {
                  LOG.error("event=look-failed id={} next=in-a-minute", managed, error);
                  ended(managed, order, Next.at(timing.now().plusMillis(AFTER_A_FAULT_MILLIS)));
                });
    boolean gone;
    synchronized (this) {
      gone = managed.removed;
      if (!running.isDisposed()) { // or another look may be under way by now
        managed.running = running;
      }
    }
    if (gone) {
      running.dispose();
    }
  }

  private void ended(Managed managed, boolean order, @Nullable Next next) {
    synchronized (this) {
      if (order) {
        ordering--;
      } else {
        looking--;
      }
      managed.running = null;
      if (next != null && !managed.removed && !closed) {
        if (next.order() && !order && managed.isAwaited()) {
          toOrder.addFirst(managed);
        } else if (next.order() && !order) {
          toOrder.addLast(managed);
        } else {
          long now = timing.millis();
          long at = Math.min(next.at().toEpochMilli(), now + LONGEST_WAIT.toMillis());
          managed.due = managed.again ? now : at;
          managed.again = false;
          waiting.add(managed);
        }
      }
    }
    drain();
  }
}
