package io.github.certflux.spring;

import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Meters of what the client does: {@code certflux.requests} (each try, by operation, HTTP status
 * and problem), {@code certflux.retries} (by operation and reason), {@code certflux.orders.active},
 * {@code certflux.rollover.windows} (open ones) and {@code certflux.rollover.refused}. Their tags
 * have few values; no URL is among them.
 */
final class CertfluxMeters implements AcmeObserver {
  private static final String OPERATION = "operation";
  private static final String NONE = "none";

  private final MeterRegistry registry;
  private final AtomicInteger orders = new AtomicInteger();
  private final AtomicInteger windows = new AtomicInteger();

  CertfluxMeters(MeterRegistry registry) {
    this.registry = registry;
    registry.gauge("certflux.orders.active", orders);
    registry.gauge("certflux.rollover.windows", windows);
  }

  @Override
  public Running begun(Begun event) {
    if (event.operation() != AcmeOperation.ISSUE) {
      return Running.UNOBSERVED;
    }
    orders.incrementAndGet();
    return new Running() {
      @Override
      public void ended(Outcome outcome, Optional<Throwable> error) {
        orders.decrementAndGet();
      }
    };
  }

  @Override
  public void tried(Try event) {
    String operation = event.operation().toString();
    String problem = event.problem().orElse(NONE);
    registry
        .counter(
            "certflux.requests",
            Tags.of(
                OPERATION,
                operation,
                "status",
                Integer.toString(event.status()),
                "problem",
                problem))
        .increment();
    if (event.next() == Next.AGAIN || event.next() == Next.AGAIN_WITH_ANOTHER_KEY) {
      registry
          .counter("certflux.retries", Tags.of(OPERATION, operation, "reason", problem))
          .increment();
    }
  }

  @Override
  public void windowOpened(Window event) {
    windows.incrementAndGet();
  }

  @Override
  public void windowEnded(Window event) {
    windows.decrementAndGet();
    registry.counter("certflux.rollover.refused").increment((double) event.refused());
  }
}
