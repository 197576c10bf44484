package io.github.certflux.dns;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Whoever waits is done at once, and it is as much later then. */
final class JumpingTimer implements Scheduler {
  private final AtomicLong nanos = new AtomicLong();

  /** How long was waited in all. */
  Duration waited() {
    return Duration.ofNanos(nanos.get());
  }

  @Override
  public Disposable schedule(Runnable task) {
    return Schedulers.parallel().schedule(task);
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    nanos.addAndGet(unit.toNanos(delay));
    task.run();
    return Disposables.disposed();
  }

  @Override
  public Worker createWorker() {
    throw new UnsupportedOperationException("nothing is repeated on it");
  }

  @Override
  public long now(TimeUnit unit) {
    return unit.convert(nanos.get(), TimeUnit.NANOSECONDS);
  }
}
