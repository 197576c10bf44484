package io.github.certflux.examples;

import com.sun.management.OperatingSystemMXBean;
import io.github.certflux.IssueResult;
import io.github.certflux.OrderRequest;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Measures a bulk issuance, and shows how far it is where somebody watches. */
final class BulkProgress implements AutoCloseable {
  private static final int ERRORS_SHOWN = 3;
  private static final Duration SHOWN_EVERY = Duration.ofMillis(500);
  private static final double NANOS = 1e9;

  private final int inFlight;
  private final LongSupplier requests;
  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Map<OrderRequest, Long> underWay = new ConcurrentHashMap<>();
  private final double[] seconds;
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final @Nullable ProgressBar bar;
  private long startedNanos;
  private long startedCpuNanos;
  private long startedRequests;

  /**
   * A measurement.
   *
   * @param requests how many were sent so far
   */
  BulkProgress(int orders, int inFlight, LongSupplier requests) {
    this.inFlight = inFlight;
    this.requests = requests;
    this.seconds = new double[orders];
    this.bar = System.console() == null ? null : bar(orders);
  }

  private static ProgressBar bar(int orders) {
    return new ProgressBarBuilder()
        .setTaskName("orders")
        .setInitialMax(orders)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis((int) SHOWN_EVERY.toMillis())
        .showSpeed()
        .build();
  }

  void start() {
    threads.resetPeakThreadCount();
    startedRequests = requests.getAsLong();
    startedCpuNanos = system.getProcessCpuTime();
    startedNanos = System.nanoTime();
  }

  void began(OrderRequest request) {
    underWay.put(request, System.nanoTime());
  }

  void ended(IssueResult result) {
    long began = Objects.requireNonNull(underWay.remove(result.request()));
    seconds[done.getAndIncrement()] = (System.nanoTime() - began) / NANOS;
    result
        .error()
        .ifPresent(
            error -> {
              if (failed.incrementAndGet() <= ERRORS_SHOWN) {
                System.err.println(error.getMessage());
              }
            });
    if (bar != null) {
      bar.setExtraMessage(" in flight " + underWay.size() + ", failed " + failed);
      bar.step();
    }
  }

  BulkFigures figures() {
    double took = (System.nanoTime() - startedNanos) / NANOS;
    double cpuMs = (system.getProcessCpuTime() - startedCpuNanos) / 1e6;
    long sent = requests.getAsLong() - startedRequests;
    int most = threads.getPeakThreadCount();
    int ended = done.get();
    Arrays.sort(seconds, 0, ended);
    return new BulkFigures(
        ended,
        inFlight,
        failed.get(),
        took,
        percentile(0.5, ended),
        percentile(0.95, ended),
        cpuMs,
        sent,
        peakRssMb(),
        most,
        heapMb());
  }

  private double percentile(double part, int ended) {
    return seconds[(int) (part * (ended - 1))];
  }

  private static long heapMb() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed() >> 20;
  }

  /** Linux tells. */
  private static long peakRssMb() {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return 0;
    }
    try (var lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
