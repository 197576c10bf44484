package io.github.certflux.store;

import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/**
 * A clock that moves on while the first delayed task is handed over, which then runs before it was
 * handed over: what a virtual clock that another thread advances may do.
 */
final class HastyTimer implements Scheduler {

  private final Scheduler timer;
  private boolean wasHasty;

  HastyTimer(Scheduler timer) {
    this.timer = timer;
  }

  @Override
  public Disposable schedule(Runnable task) {
    return timer.schedule(task);
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    if (wasHasty) {
      return timer.schedule(task, delay, unit);
    }
    wasHasty = true;
    task.run();
    return Disposables.disposed();
  }

  @Override
  public long now(TimeUnit unit) {
    return timer.now(unit);
  }

  @Override
  public Worker createWorker() {
    return timer.createWorker();
  }
}
