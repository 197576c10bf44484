package io.github.certflux.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/**
 * The one clock of a simulated world. It stands still while something happens, and jumps to what
 * happens next: one thing after the other, in an order that only the history decides.
 */
final class SimulatedTime implements Scheduler {
  private static final long BEGIN =
      TimeUnit.SECONDS.toNanos(Instant.parse("2026-01-01T00:00:00Z").getEpochSecond());

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          Comparator.<Event>comparingLong(event -> event.at)
              .thenComparingLong(event -> event.number));
  private long now = BEGIN;
  private long count;

  private static final class Event implements Disposable {
    private final long at;
    private final long number;
    private final Runnable task;
    private boolean disposed;

    Event(long at, long number, Runnable task) {
      this.at = at;
      this.number = number;
      this.task = task;
    }

    @Override
    public void dispose() {
      disposed = true;
    }

    @Override
    public boolean isDisposed() {
      return disposed;
    }
  }

  /** Since the beginning of the world. */
  Duration elapsed() {
    return Duration.ofNanos(now - BEGIN);
  }

  /** Runs what happens until then, and is then. */
  void pass(Duration duration) {
    passUntil(() -> false, duration);
  }

  /** Runs what happens until something is so; false if it is not so after that time. */
  boolean passUntil(BooleanSupplier reached, Duration atMost) {
    long end = now + atMost.toNanos();
    while (!reached.getAsBoolean()) {
      Event next = events.peek();
      if (next == null || next.at > end) {
        now = end;
        return reached.getAsBoolean();
      }
      events.remove();
      now = Math.max(now, next.at);
      if (!next.disposed) {
        next.disposed = true;
        next.task.run();
      }
    }
    return true;
  }

  /** Runs a task after that time. */
  void after(Duration delay, Runnable task) {
    schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public long now(TimeUnit unit) {
    return unit.convert(now, TimeUnit.NANOSECONDS);
  }

  @Override
  public Disposable schedule(Runnable task) {
    return schedule(task, 0, TimeUnit.NANOSECONDS);
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    Event event = new Event(now + Math.max(0, unit.toNanos(delay)), count++, task);
    events.add(event);
    return event;
  }

  @Override
  public Worker createWorker() {
    return worker(this);
  }

  /** The clock and timer of a process: its clock is off by so much, and dies with it. */
  Scheduler of(BooleanSupplier alive, Duration offset) {
    return new View(alive, offset.toNanos());
  }

  private final class View implements Scheduler {
    private final BooleanSupplier alive;
    private final long offset;

    View(BooleanSupplier alive, long offset) {
      this.alive = alive;
      this.offset = offset;
    }

    @Override
    public long now(TimeUnit unit) {
      return unit.convert(now + offset, TimeUnit.NANOSECONDS);
    }

    @Override
    public Disposable schedule(Runnable task) {
      return schedule(task, 0, TimeUnit.NANOSECONDS);
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
      return SimulatedTime.this.schedule(
          () -> {
            if (alive.getAsBoolean()) {
              task.run();
            }
          },
          delay,
          unit);
    }

    @Override
    public Worker createWorker() {
      return worker(this);
    }
  }

  private static Worker worker(Scheduler scheduler) {
    Disposable.Composite tasks = Disposables.composite();
    return new Worker() {
      @Override
      public Disposable schedule(Runnable task) {
        return schedule(task, 0, TimeUnit.NANOSECONDS);
      }

      @Override
      public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        Disposable scheduled = scheduler.schedule(task, delay, unit);
        tasks.add(scheduled);
        return scheduled;
      }

      @Override
      public void dispose() {
        tasks.dispose();
      }
    };
  }
}
