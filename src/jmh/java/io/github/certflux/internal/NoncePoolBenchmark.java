package io.github.certflux.internal;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.scheduler.Schedulers;

/** What each request does with the pool of nonces, by four threads at a time on one pool. */
@State(Scope.Benchmark)
@Threads(4)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class NoncePoolBenchmark {
  private static final String NONCE = "oFvnlFP1wIhRlYS2jTaXbA4q0oFvnlFP1wIhRlYS2jTaXbA4q0";
  private static final int NONCES = 64;

  private final NoncePool pool =
      new NoncePool(
          new Timing(Schedulers.parallel(), new Random(1)), 2 * NONCES, Duration.ofMinutes(5));

  /** As after some requests. */
  @Setup
  public void fill() {
    for (int i = 0; i < NONCES; i++) {
      pool.put(NONCE);
    }
  }

  /** Taken, spent, and replaced by the answer's. */
  @Benchmark
  public @Nullable String request() {
    try (NoncePool.Ticket ticket = pool.ticket()) {
      String nonce = ticket.take();
      ticket.spend();
      pool.put(NONCE);
      return nonce;
    }
  }

  /** Taken and given back, as by a request that was cancelled before it was sent. */
  @Benchmark
  public @Nullable String cancelled() {
    try (NoncePool.Ticket ticket = pool.ticket()) {
      return ticket.take();
    }
  }
}
