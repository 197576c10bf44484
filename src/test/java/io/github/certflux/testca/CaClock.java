package io.github.certflux.testca;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/** The CA's time: one scheduler is its clock and its timer. */
record CaClock(Scheduler timer) {
  private static final Logger LOG = LoggerFactory.getLogger(CaClock.class);

  long millis() {
    return timer.now(TimeUnit.MILLISECONDS);
  }

  Instant now() {
    return Instant.ofEpochMilli(millis());
  }

  /** Runs work on the timer, also when the delay is nothing. */
  void after(Duration delay, Runnable work) {
    timer.schedule(() -> run(work), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static void run(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      LOG.error("test CA failed", e);
    }
  }
}
