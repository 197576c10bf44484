package io.github.certflux.manager;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** A timer whose clock is ahead of another's, and can be set. */
final class JumpingClock implements Scheduler {
  private final Scheduler of;
  Duration ahead;

  JumpingClock(Scheduler of, Duration ahead) {
    this.of = of;
    this.ahead = ahead;
  }

  @Override
  public long now(TimeUnit unit) {
    return of.now(unit) + unit.convert(ahead);
  }

  @Override
  public Disposable schedule(Runnable task) {
    return of.schedule(task);
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    return of.schedule(task, delay, unit);
  }

  @Override
  public Worker createWorker() {
    return of.createWorker();
  }
}
