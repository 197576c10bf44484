package io.github.certflux.store;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * Runs what touches files, never on the thread that subscribes, and never interrupts it: a channel
 * that is interrupted is closed, in the middle of whatever it was doing.
 *
 * <p>What needs the store's lock runs on one thread, in order, so that those that wait do not use
 * the readers' threads up. Results are signalled on the other threads: a subscriber that takes its
 * time keeps nobody from writing.
 */
final class BlockingWork {

  private static final int READERS = 4;
  private static final int IDLE_SECONDS = 30;

  private final @Nullable Scheduler given;
  private Scheduler.@Nullable Worker givenWorker;
  private final AtomicInteger threads = new AtomicInteger();
  private final ThreadPoolExecutor readers = threads(READERS);
  private final ThreadPoolExecutor writer = threads(1);

  /** What is under way, and one more until it is closed. */
  private final AtomicLong pending = new AtomicLong(1);

  private final AtomicBoolean closed = new AtomicBoolean();
  private final Sinks.Empty<Void> idle = Sinks.empty();

  BlockingWork(@Nullable Scheduler given) {
    this.given = given;
  }

  /** Runs work for each subscription; one that is cancelled before it has begun is not run. */
  <T> Mono<T> mono(boolean alone, Disk.Work<T> work) {
    return Mono.create(
        sink -> {
          AtomicBoolean cancelled = new AtomicBoolean();
          sink.onCancel(() -> cancelled.set(true));
          submit(
              alone,
              () -> cancelled.get() ? null : work.run(),
              (value, error) -> {
                if (error == null) {
                  sink.success(value);
                } else if (!cancelled.get()) {
                  sink.error(error);
                }
              });
        });
  }

  /**
   * Runs work and hands over what came of it.
   *
   * @param alone whether it needs the store's lock
   */
  <T> void submit(
      boolean alone, Disk.Work<T> work, BiConsumer<@Nullable T, @Nullable Throwable> done) {
    if (!enter()) {
      done.accept(null, closedException());
      return;
    }
    try {
      if (alone) {
        serial().execute(() -> run(work, (value, error) -> hop(() -> end(done, value, error))));
      } else {
        pool().execute(() -> run(work, (value, error) -> end(done, value, error)));
      }
    } catch (RejectedExecutionException e) {
      end(done, null, closedException());
    } catch (Error e) {
      leave(); // no thread could be started
      throw e;
    }
  }

  private static <T> void run(
      Disk.Work<T> work, BiConsumer<@Nullable T, @Nullable Throwable> done) {
    @Nullable T value;
    try {
      value = work.run();
    } catch (Throwable e) {
      Exceptions.throwIfJvmFatal(e);
      done.accept(null, e);
      return;
    }
    done.accept(value, null);
  }

  private void hop(Runnable signal) {
    try {
      pool().execute(signal);
    } catch (RejectedExecutionException e) {
      signal.run();
    }
  }

  private <T> void end(
      BiConsumer<@Nullable T, @Nullable Throwable> done,
      @Nullable T value,
      @Nullable Throwable error) {
    try {
      done.accept(value, error);
    } finally {
      leave();
    }
  }

  /** Takes nothing more, and completes when what was under way is done, the threads still there. */
  Mono<Void> close() {
    return Mono.defer(
        () -> {
          if (closed.compareAndSet(false, true)) {
            leave();
          }
          return idle.asMono();
        });
  }

  /** Does the last things after {@link #close}, and lets go of the threads. */
  Mono<Void> last(Disk.Work<Void> work) {
    return Mono.create(
        sink ->
            pool()
                .execute(
                    () ->
                        run(
                            work,
                            (value, error) -> {
                              endThreads();
                              if (error == null) {
                                sink.success();
                              } else {
                                sink.error(error);
                              }
                            })));
  }

  boolean isClosed() {
    return closed.get();
  }

  private boolean enter() {
    while (!closed.get()) {
      long now = pending.get();
      if (now == 0) {
        return false;
      }
      if (pending.compareAndSet(now, now + 1)) {
        return true;
      }
    }
    return false;
  }

  private void leave() {
    if (pending.decrementAndGet() == 0) {
      idle.tryEmitEmpty();
    }
  }

  /**
   * Threads are started by the first work, end after half a minute without any, and keep no program
   * from ending.
   */
  private ThreadPoolExecutor threads(int most) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            most,
            most,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedTransferQueue<>(), // takes work from event loops without a lock
            task -> {
              Thread thread = new Thread(task, "certflux-store-" + threads.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  private Executor pool() {
    return given == null ? readers : given::schedule;
  }

  private synchronized Executor serial() {
    if (given == null) {
      return writer;
    }
    if (givenWorker == null) {
      givenWorker = given.createWorker();
    }
    return givenWorker::schedule;
  }

  /**
   * Lets go of the threads, and waits for none: this may be called by one of them, and its
   * subscriber must not be interrupted. (A scheduler of Reactor's that is disposed of gracefully
   * starts a thread that keeps the JVM for ten seconds.)
   */
  synchronized void endThreads() {
    readers.shutdown();
    writer.shutdown();
    if (givenWorker != null) {
      givenWorker.dispose();
    }
  }

  static StoreException closedException() {
    return new StoreException("", "the store is closed", null);
  }
}
