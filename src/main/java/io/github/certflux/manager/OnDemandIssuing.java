package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.internal.Timing;
import io.github.certflux.manager.CertificateEvent.Kind;
import io.github.certflux.protocol.Identifier;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * Certificates for names that a handshake asks for. Everybody may ask for everything: each step
 * that costs something is bounded, the dearest last.
 */
final class OnDemandIssuing {
  private static final Logger LOG = LoggerFactory.getLogger(OnDemandIssuing.class);

  /** So many names are decided on or ordered at a time. */
  private static final int MOST_PENDING = 1_000;

  /** What was refused for a reason that passes, so that not each handshake costs a decision. */
  private static final Duration FOR_NOW = Duration.ofSeconds(10);

  private final DefaultCertificateManager manager;
  private final OnDemand settings;
  private final StoredCertificates stored;
  private final UnaryOperator<OrderRequest> each;
  private final Timing timing;
  private final NewOrders orders;
  private final Refusals refusals;
  private final OneLine undecided = new OneLine();
  private final OneLine boundMet = new OneLine();
  private final ConcurrentMap<String, Mono<ManagedCertificate>> pending = new ConcurrentHashMap<>();

  OnDemandIssuing(
      DefaultCertificateManager manager,
      OnDemand settings,
      StoredCertificates stored,
      UnaryOperator<OrderRequest> each,
      Timing timing) {
    this.manager = manager;
    this.settings = settings;
    this.stored = stored;
    this.each = each;
    this.timing = timing;
    this.orders = settings.orders();
    this.refusals = settings.refusals();
  }

  /** The certificate for a name that has none here; empty if there is to be none. */
  Mono<ManagedCertificate> certificate(String asked) {
    OrderRequest request = request(asked);
    if (request == null) {
      return Mono.empty();
    }
    String name = request.identifiers().get(0).value();
    if (refusals.has(name, timing.now())) {
      return Mono.empty();
    }
    Mono<ManagedCertificate> shared = pending.get(name);
    if (shared == null && pending.size() < MOST_PENDING) {
      shared = pending.computeIfAbsent(name, n -> shared(n, request));
    }
    return shared == null ? Mono.empty() : shared;
  }

  /** Only one DNS name that may be ordered; {@code null} for anything else. */
  private @Nullable OrderRequest request(String asked) {
    try {
      OrderRequest request = each.apply(OrderRequest.of(NameIndex.normalised(asked)));
      Identifier name = request.identifiers().get(0);
      boolean plain =
          request.identifiers().size() == 1
              && name.type().equals("dns")
              && name.value().indexOf('.') > 0
              && name.value().indexOf('*') < 0;
      return plain ? request : null;
    } catch (IllegalArgumentException e) {
      return null; // whoever sends handshakes may send anything
    }
  }

  private Mono<ManagedCertificate> shared(String name, OrderRequest request) {
    return allowed(name)
        .filter(yes -> yes)
        .flatMap(yes -> obtained(name, request))
        .doFinally(end -> pending.remove(name))
        .contextWrite(first -> Context.empty()) // shared by all, so it is nobody's
        .cache();
  }

  private Mono<Boolean> allowed(String name) {
    return settings
        .allows(name, timing)
        .defaultIfEmpty(false)
        .doOnNext(
            yes -> {
              if (!yes) {
                refusals.add(name, timing.now());
              }
            })
        .onErrorResume(
            error -> {
              int times = refusedForNow(name, undecided);
              if (times > 0) {
                LOG.warn("event=decision-failed name={} times={}", name, times, error);
              }
              return Mono.just(false);
            });
  }

  private int refusedForNow(String name, OneLine line) {
    Instant now = timing.now();
    refusals.add(name, now, now.plus(FOR_NOW));
    return line.times(now);
  }

  /** A stored one costs no order unless it has ended; one that failed lately waits for its time. */
  private Mono<ManagedCertificate> obtained(String name, OrderRequest request) {
    NameSet set = NameSet.of(request);
    return stored
        .read(set.id(), set.names(), null)
        .flatMap(
            read -> {
              Instant now = timing.now();
              boolean valid =
                  read.record()
                      .current()
                      .filter(c -> c.validity().until().isAfter(now))
                      .isPresent();
              if (!valid) {
                Optional<Instant> next = manager.nextTry(read.record());
                if (next.isEmpty() || next.get().isAfter(now)) {
                  refusals.add(name, now, next.orElse(Instant.MAX));
                  return Mono.empty();
                }
                if (!orders.tryTake(now)) {
                  int times = refusedForNow(name, boundMet);
                  if (times > 0) {
                    LOG.warn("event=on-demand-bound-met name={} times={}", name, times);
                  }
                  return Mono.empty();
                }
              }
              return first(request, set);
            });
  }

  private Mono<ManagedCertificate> first(OrderRequest request, NameSet set) {
    return manager
        .managed(Map.of(set, request), true)
        .filter(event -> event.kind() == Kind.FAILED || valid(event).isPresent())
        .next()
        .flatMap(
            event ->
                valid(event)
                    .map(Mono::just)
                    .orElseGet(
                        () -> {
                          manager.unpin(set.id());
                          return Mono.error(event.error().orElseThrow());
                        }));
  }

  /** One that has ended is no answer: its renewal is. */
  private Optional<ManagedCertificate> valid(CertificateEvent event) {
    return event.certificate().filter(found -> found.notAfter().isAfter(timing.now()));
  }

  /**
   * Whether a certificate that was issued on demand is still wanted: somebody has asked for it
   * since the last renewal, and the decision is still yes. An error of the decision is no reason to
   * let one go.
   */
  Mono<Boolean> stillWanted(Managed managed) {
    return managed.asked
        ? settings
            .allows(managed.set.names().get(0), timing)
            .defaultIfEmpty(false)
            .onErrorReturn(true)
        : Mono.just(false);
  }
}
