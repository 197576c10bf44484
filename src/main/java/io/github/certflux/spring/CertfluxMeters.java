package io.github.certflux.spring;

import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Meters of what the client does: {@code certflux.requests} (each try, by operation, HTTP status
 * and problem), {@code certflux.retries} (by operation and reason), {@code certflux.orders.active},
 * {@code certflux.rollover.windows} (open ones) and {@code certflux.rollover.refused}. Their tags
 * have few values, whatever a CA answers; no URL is among them.
 */
final class CertfluxMeters implements AcmeObserver {
  private static final String OPERATION = "operation";
  private static final String NONE = "none";

  /** More than a CA needs, with room for those that are not the RFC's. */
  private static final int MOST_ANSWERS = 100;

  private static final Answer OTHER = new Answer("other", "other");

  private final MeterRegistry registry;
  private final Set<Answer> answers = ConcurrentHashMap.newKeySet();
  private final AtomicInteger orders = new AtomicInteger();
  private final AtomicInteger windows = new AtomicInteger();

  private record Answer(String status, String problem) {}

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
    Answer answer = answer(event);
    registry
        .counter(
            "certflux.requests",
            Tags.of(OPERATION, operation, "status", answer.status(), "problem", answer.problem()))
        .increment();
    if (event.next() == Next.AGAIN || event.next() == Next.AGAIN_WITH_ANOTHER_KEY) {
      registry
          .counter("certflux.retries", Tags.of(OPERATION, operation, "reason", answer.problem()))
          .increment();
    }
  }

  /** A time series is kept for each for ever: a CA must not make them without end. */
  private Answer answer(Try event) {
    Answer answer = new Answer(Integer.toString(event.status()), event.problem().orElse(NONE));
    return answers.contains(answer) || (answers.size() < MOST_ANSWERS && answers.add(answer))
        ? answer
        : OTHER;
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
