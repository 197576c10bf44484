package io.github.certflux.store;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Those of this process that wait for leases: a line for each lease, and the first of each line
 * tries to take it. It is woken by a release in this process; releases by others it sees by
 * looking, more and more seldom. Looking takes no lock.
 */
final class LeaseLines {

  private static final Duration FIRST_LOOK = Duration.ofMillis(20);

  /** Looks at leases, takes them, and hands them over. */
  interface Desk {
    void holder(String path, @Nullable LeaseFile stale, Answer<LeaseFile> answer);

    void take(String path, Waiting waiting, @Nullable LeaseFile stale, Answer<LeaseFile> answer);

    void grant(LeaseWaiter waiter, String path, LeaseFile taken);
  }

  /** What came of it: a value, an error, or neither. */
  interface Answer<T> {
    void is(@Nullable T value, @Nullable Throwable error);
  }

  record Waiting(Duration term, LeaseWaiter waiter) {}

  private final Desk desk;
  private final Scheduler timer;
  private final Duration lastLook;
  private final Map<String, Line> lines = new HashMap<>();
  private final Sightings sightings;

  /** Spreads the looks of processes; guarded by this. */
  private final SplittableRandom random;

  /**
   * Makes the lines.
   *
   * @param lastLook how seldom it looks in the end
   */
  LeaseLines(Desk desk, Scheduler timer, Duration lastLook, long seed) {
    this.desk = desk;
    this.lastLook = lastLook;
    this.timer = timer;
    this.sightings = new Sightings(timer);
    this.random = new SplittableRandom(seed);
  }

  /** Puts a waiter at the end of a line. */
  void enter(String path, Duration term, LeaseWaiter waiter) {
    Line line;
    synchronized (this) {
      line = lines.computeIfAbsent(path, Line::new);
      line.queue.add(new Waiting(term, waiter));
    }
    attempt(line);
  }

  /** Takes a lease for a waiter that does not want to wait. */
  void tryOnce(String path, Duration term, LeaseWaiter waiter) {
    LeaseFile stale;
    synchronized (this) {
      if (lines.containsKey(path)) {
        waiter.complete();
        return;
      }
      stale = sightings.stale(path);
    }
    Answer<LeaseFile> taken =
        (file, error) -> {
          if (error != null) {
            waiter.fail(error);
          } else if (file == null) {
            waiter.complete();
          } else {
            desk.grant(waiter, path, file);
          }
        };
    desk.holder(
        path,
        stale,
        (holder, error) -> {
          if (error != null) {
            waiter.fail(error);
            return;
          }
          sightings.see(path, holder);
          if (holder != null) {
            waiter.complete();
          } else {
            desk.take(path, new Waiting(term, waiter), stale, taken);
          }
        });
  }

  /** Forgets a waiter that has cancelled. */
  synchronized void leave(String path, LeaseWaiter waiter) {
    Line line = lines.get(path);
    if (line != null) {
      line.queue.removeIf(waiting -> waiting.waiter == waiter);
      tidy(line);
    }
  }

  /** A lease was released in this process. */
  void wake(String path) {
    Line line;
    synchronized (this) {
      line = lines.get(path);
      if (line == null) {
        return;
      }
      line.again = true;
    }
    attempt(line);
  }

  /** Any lease may have been released. */
  void wakeAll() {
    List<String> paths;
    synchronized (this) {
      paths = List.copyOf(lines.keySet());
    }
    paths.forEach(this::wake);
  }

  /** Empties the lines. */
  synchronized List<LeaseWaiter> close() {
    List<LeaseWaiter> waiters = new ArrayList<>();
    for (Line line : new ArrayList<>(lines.values())) {
      line.queue.forEach(waiting -> waiters.add(waiting.waiter));
      line.queue.clear();
      tidy(line);
    }
    return waiters;
  }

  private void attempt(Line line) {
    Waiting first;
    LeaseFile stale;
    synchronized (this) {
      first = line.first();
      tidy(line);
      if (first == null || line.attempting) {
        return;
      }
      line.stopLooking();
      line.attempting = true;
      line.again = false;
      stale = sightings.stale(line.path);
    }
    desk.holder(
        line.path,
        stale,
        (holder, error) -> {
          if (error != null) {
            failed(line, first, error);
          } else if (holder != null) {
            busy(line, first, holder);
          } else {
            take(line, first, stale);
          }
        });
  }

  private void take(Line line, Waiting first, @Nullable LeaseFile stale) {
    desk.take(
        line.path,
        first,
        stale,
        (taken, error) -> {
          if (error != null) {
            failed(line, first, error);
          } else if (taken == null) {
            busy(line, first, null);
          } else {
            taken(line, first, taken);
          }
        });
  }

  private void taken(Line line, Waiting first, LeaseFile taken) {
    synchronized (this) {
      line.attempting = false;
      line.queue.remove(first);
      line.pause = FIRST_LOOK;
      sightings.see(line.path, null);
      tidy(line);
    }
    lookLater(line);
    desk.grant(first.waiter, line.path, taken);
  }

  private void failed(Line line, Waiting first, Throwable error) {
    synchronized (this) {
      line.attempting = false;
      line.queue.remove(first);
      tidy(line);
    }
    first.waiter.fail(error);
    attempt(line);
  }

  private void busy(Line line, Waiting first, @Nullable LeaseFile holder) {
    boolean again;
    synchronized (this) {
      line.attempting = false;
      sightings.see(line.path, holder);
      again = line.again || !first.waiter.isWaiting();
      tidy(line);
    }
    if (again) {
      attempt(line);
    } else {
      lookLater(line);
    }
  }

  private void lookLater(Line line) {
    Waiting first;
    synchronized (this) {
      first = line.queue.peek();
      if (first == null || line.attempting || line.lookIsDue) {
        return;
      }
      line.lookIsDue = true;
      long number = ++line.lookNumber;
      try {
        Disposable look =
            timer.schedule(
                () -> look(line, number), line.untilNextLook().toNanos(), TimeUnit.NANOSECONDS);
        // On a virtual clock that moves on meanwhile it has looked already.
        if (line.lookIsDue && line.lookNumber == number) {
          line.look = look;
        }
        return;
      } catch (RejectedExecutionException e) {
        line.lookIsDue = false;
      }
    }
    failed(line, first, BlockingWork.closedException());
  }

  private void look(Line line, long number) {
    synchronized (this) {
      if (!line.lookIsDue || line.lookNumber != number) {
        return;
      }
      line.lookIsDue = false;
    }
    attempt(line);
  }

  /** Nobody waits: nothing is kept. For whoever has the monitor. */
  private void tidy(Line line) {
    if (line.queue.isEmpty()) {
      line.stopLooking();
      if (!line.attempting) {
        lines.remove(line.path, line);
      }
    }
  }

  /** Guarded by the monitor of the lines. */
  private final class Line {
    final String path;
    final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    boolean attempting;
    boolean again;
    Duration pause = FIRST_LOOK;
    boolean lookIsDue;
    long lookNumber;
    @Nullable Disposable look;

    Line(String path) {
      this.path = path;
    }

    /** Passes over those that cancelled while they entered: they were not there to be taken out. */
    @Nullable Waiting first() {
      while (!queue.isEmpty() && !queue.getFirst().waiter.isWaiting()) {
        queue.removeFirst();
      }
      return queue.peekFirst();
    }

    void stopLooking() {
      lookIsDue = false;
      if (look != null) {
        look.dispose();
        look = null;
      }
    }

    Duration untilNextLook() {
      long nanos = pause.toNanos();
      Duration until = Duration.ofNanos(nanos / 2 + random.nextLong(nanos / 2 + 1));
      pause = shorter(pause.multipliedBy(2), lastLook);
      until = sightings.untilFree(path, until);
      return until.compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : until;
    }

    private static Duration shorter(Duration one, Duration other) {
      return one.compareTo(other) < 0 ? one : other;
    }
  }
}
