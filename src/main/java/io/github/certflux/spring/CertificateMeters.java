package io.github.certflux.spring;

import io.github.certflux.manager.CertificateEvent;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;

/**
 * Meters of the certificates: {@code certflux.certificate.remaining} (the time until it expires, by
 * its first name, or all where another begins with the same; negative once it has, not a number as
 * long as there is none) and {@code certflux.certificate.events} (by kind: {@code renewed}, {@code
 * failed} and the others of {@link CertificateEvent.Kind}).
 */
final class CertificateMeters
    implements ApplicationListener<PayloadApplicationEvent<CertificateEvent>> {
  private final MeterRegistry registry;

  CertificateMeters(MeterRegistry registry, CertificateStates states, InstantSource clock) {
    this.registry = registry;
    for (List<String> names : states.names()) {
      TimeGauge.builder(
              "certflux.certificate.remaining",
              () -> remaining(states, names, clock),
              TimeUnit.SECONDS)
          .tag("name", states.label(names))
          .register(registry);
    }
  }

  private static double remaining(
      CertificateStates states, List<String> names, InstantSource clock) {
    return states
        .of(names)
        .certificate()
        .map(c -> (double) Duration.between(clock.instant(), c.notAfter()).toSeconds())
        .orElse(Double.NaN);
  }

  @Override
  public void onApplicationEvent(PayloadApplicationEvent<CertificateEvent> event) {
    registry
        .counter("certflux.certificate.events", "kind", event.getPayload().kind().word())
        .increment();
  }
}
