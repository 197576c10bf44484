package io.github.certflux.spring;

import io.github.certflux.manager.ManagedCertificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.boot.health.contributor.AbstractReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import reactor.core.publisher.Mono;

/**
 * By the share of its lifetime that a certificate has left, not by days: degraded when a sixth is
 * left, or a quarter and the last attempt to renew it failed, or before there is one, and as long
 * as the plain port can't be opened; down once one has expired; else up.
 */
final class CertfluxHealthIndicator extends AbstractReactiveHealthIndicator {
  /** Does not make the application as a whole look ill. */
  static final Status DEGRADED = new Status("DEGRADED");

  private static final int OVERDUE_PART = 6;
  private static final int FAILING_PART = 4;

  private final CertificateStates states;
  private final Supplier<Optional<String>> portTrouble;
  private final InstantSource clock;

  CertfluxHealthIndicator(
      CertificateStates states, Supplier<Optional<String>> portTrouble, InstantSource clock) {
    super("certificates could not be looked at");
    this.states = states;
    this.portTrouble = portTrouble;
    this.clock = clock;
  }

  @Override
  protected Mono<Health> doHealthCheck(Health.Builder builder) {
    return Mono.fromSupplier(() -> health(builder));
  }

  private Health health(Health.Builder builder) {
    Status worst = Status.UP;
    for (CertificateStates.State state : states.all()) {
      Status status = status(state);
      Map<String, Object> details = new LinkedHashMap<>();
      details.put("status", status.getCode());
      state.certificate().ifPresent(c -> details.put("expires", c.notAfter().toString()));
      state.nextTry().ifPresent(next -> details.put("next", next.toString()));
      state.error().ifPresent(error -> details.put("error", error));
      builder.withDetail(states.label(state.names()), details);
      worst = worse(worst, status);
    }
    Optional<String> trouble = portTrouble.get();
    if (trouble.isPresent()) {
      builder.withDetail("plain-port", trouble.get());
      worst = worse(worst, DEGRADED);
    }
    return builder.status(worst).build();
  }

  private Status status(CertificateStates.State state) {
    if (state.certificate().isEmpty()) {
      return DEGRADED;
    }
    ManagedCertificate certificate = state.certificate().get();
    return status(
        certificate.chain().get(0).getNotBefore().toInstant(),
        certificate.notAfter(),
        state.error().isPresent(),
        clock.instant());
  }

  /** Of one certificate that is there. */
  static Status status(Instant begin, Instant end, boolean isFailing, Instant now) {
    if (!now.isBefore(end)) {
      return Status.DOWN;
    }
    int part = isFailing ? FAILING_PART : OVERDUE_PART;
    return Duration.between(now, end).multipliedBy(part).compareTo(Duration.between(begin, end)) < 0
        ? DEGRADED
        : Status.UP;
  }

  private static Status worse(Status one, Status other) {
    List<Status> order = List.of(Status.UP, DEGRADED, Status.DOWN);
    return order.indexOf(other) > order.indexOf(one) ? other : one;
  }
}
