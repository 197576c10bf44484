package io.github.certflux.spring;

import io.github.certflux.protocol.AcmeObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Meters of what the client does: {@code certflux.requests} (each try, by operation, HTTP status
 * and problem), {@code certflux.operations} (time of each operation, by outcome), {@code
 * certflux.requests.again} (by the reason), {@code certflux.rollover.windows} (open ones) and
 * {@code certflux.rollover.refused}. Their tags have few values; no URL is among them.
 */
final class CertfluxMeters implements AcmeObserver {
  private final MeterRegistry registry;
  private final AtomicInteger windows = new AtomicInteger();

  CertfluxMeters(MeterRegistry registry) {
    this.registry = registry;
    registry.gauge("certflux.rollover.windows", windows);
  }

  @Override
  public void tried(Try event) {
    Tags tags =
        Tags.of(
            "operation", lower(event.operation()),
            "status", Integer.toString(event.status()),
            "problem", event.problem().orElse("none"));
    registry.counter("certflux.requests", tags).increment();
    if (event.next() == Next.AGAIN || event.next() == Next.AGAIN_WITH_ANOTHER_KEY) {
      registry.counter("certflux.requests.again", tags).increment();
    }
  }

  @Override
  public void ended(Ended event) {
    registry
        .timer(
            "certflux.operations",
            "operation",
            lower(event.operation()),
            "outcome",
            lower(event.outcome()))
        .record(event.took());
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

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
