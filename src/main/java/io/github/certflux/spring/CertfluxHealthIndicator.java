package io.github.certflux.spring;

import io.github.certflux.manager.ManagedCertificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.health.contributor.AbstractReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import reactor.core.publisher.Mono;

/**
 * By the share of its lifetime that a certificate has left, not by days: up while more than a
 * quarter is left; degraded below that, since it should have been renewed, or before there is one;
 * down once one has expired.
 */
final class CertfluxHealthIndicator extends AbstractReactiveHealthIndicator {
  /** Does not make the application as a whole look ill. */
  static final Status DEGRADED = new Status("DEGRADED");

  private static final int OVERDUE_PART = 4;

  private final CertificateStates states;
  private final InstantSource clock;

  CertfluxHealthIndicator(CertificateStates states, InstantSource clock) {
    super("certificates could not be looked at");
    this.states = states;
    this.clock = clock;
  }

  @Override
  protected Mono<Health> doHealthCheck(Health.Builder builder) {
    return Mono.fromSupplier(() -> health(builder));
  }

  private Health health(Health.Builder builder) {
    Status worst = Status.UP;
    for (CertificateStates.State state : states.all()) {
      Status status = status(state.certificate());
      Map<String, Object> details = new LinkedHashMap<>();
      details.put("status", status.getCode());
      state.certificate().ifPresent(c -> details.put("expires", c.notAfter().toString()));
      state.nextTry().ifPresent(next -> details.put("next", next.toString()));
      state.error().ifPresent(error -> details.put("error", error));
      builder.withDetail(state.names().get(0), details);
      worst = worse(worst, status);
    }
    return builder.status(worst).build();
  }

  private Status status(Optional<ManagedCertificate> certificate) {
    if (certificate.isEmpty()) {
      return DEGRADED;
    }
    Instant now = clock.instant();
    Instant end = certificate.get().notAfter();
    Instant begin = certificate.get().chain().get(0).getNotBefore().toInstant();
    if (!now.isBefore(end)) {
      return Status.DOWN;
    }
    Duration left = Duration.between(now, end);
    return left.multipliedBy(OVERDUE_PART).compareTo(Duration.between(begin, end)) < 0
        ? DEGRADED
        : Status.UP;
  }

  private static Status worse(Status one, Status other) {
    List<Status> order = List.of(Status.UP, DEGRADED, Status.DOWN);
    return order.indexOf(other) > order.indexOf(one) ? other : one;
  }
}
