package io.github.certflux.spring;

import io.github.certflux.protocol.AcmeObserver;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.Locale;
import java.util.Optional;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * An observation {@code certflux.operations} of each operation, by what was asked and the outcome:
 * Spring Boot makes timers of them, and spans where there is a tracer. Its parent is what the
 * subscriber's Context has, and the operations of which an order consists are its children.
 */
final class CertfluxObservations implements AcmeObserver {
  /** Where Micrometer's context propagation looks, and Spring's server leaves the request's. */
  private static final String KEY = "micrometer.observation";

  private final ObservationRegistry registry;

  CertfluxObservations(ObservationRegistry registry) {
    this.registry = registry;
  }

  @Override
  public Running begun(Begun event) {
    Observation observation =
        Observation.createNotStarted("certflux.operations", registry)
            .contextualName("acme " + event.operation())
            .lowCardinalityKeyValue("operation", event.operation().toString());
    if (event.context().getOrDefault(KEY, null) instanceof Observation parent) {
      observation.parentObservation(parent);
    }
    observation.start();
    return new Running() {
      @Override
      public ContextView context() {
        return Context.of(KEY, observation);
      }

      @Override
      public void ended(Outcome outcome, Optional<Throwable> error) {
        observation.lowCardinalityKeyValue("outcome", outcome.name().toLowerCase(Locale.ROOT));
        error.ifPresent(observation::error);
        observation.stop();
      }
    };
  }
}
