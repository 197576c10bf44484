package io.github.certflux.contract;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The real clock, and a record of the delays that were waited for to their end. */
final class RecordingTimer implements Scheduler {
  private final Scheduler timer = Schedulers.parallel();
  private final List<Duration> waits = new CopyOnWriteArrayList<>();

  /** The delays that have passed, those cancelled before it excepted. */
  List<Duration> waits() {
    return List.copyOf(waits);
  }

  @Override
  public Disposable schedule(Runnable task) {
    return timer.schedule(task);
  }

  @Override
  public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
    return timer.schedule(
        () -> {
          waits.add(Duration.of(delay, unit.toChronoUnit()));
          task.run();
        },
        delay,
        unit);
  }

  @Override
  public Worker createWorker() {
    throw new UnsupportedOperationException("its delays would not be recorded");
  }

  @Override
  public long now(TimeUnit unit) {
    return timer.now(unit);
  }
}
