package io.github.certflux.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Runs the same work on several threads that start each round together. */
final class Race implements AutoCloseable {
  private final int threads;
  private final ExecutorService pool;

  interface Work {
    void run(int thread) throws Exception;
  }

  Race(int threads) {
    this.threads = threads;
    this.pool = Executors.newFixedThreadPool(threads);
  }

  /** Waits until all threads are done; fails with the first error of any. */
  void round(Work work) throws Exception {
    CyclicBarrier start = new CyclicBarrier(threads);
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int thread = i;
      running.add(
          pool.submit(
              () -> {
                start.await();
                work.run(thread);
                return null;
              }));
    }
    for (Future<?> one : running) {
      one.get(60, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
