package io.github.certflux.spring;

import io.github.certflux.OrderRequest;
import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.CertificateManager;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Keeps the certificates while the application runs: begins once the server listens, so that a CA
 * that is down keeps nobody from starting, and closes with the application. Each {@link
 * CertificateEvent} is an event of the application, too.
 */
final class CertificateKeeping implements SmartLifecycle, ApplicationListener<ContextClosedEvent> {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateKeeping.class);

  /** An account that can't be created now is tried for longer than anybody waits for an end. */
  private static final Duration LONGEST_CLOSING = Duration.ofSeconds(10);

  private final CertificateManager manager;
  private final Collection<OrderRequest> certificates;
  private final ServerBundle bundle;
  private final ApplicationEventPublisher told;
  private final Mono<Void> closing;
  private final Scheduler blocking;
  private final Map<Set<String>, CertificateEvent> latest = new ConcurrentHashMap<>();
  private volatile @Nullable Disposable kept;
  private volatile boolean closed;

  /**
   * Not begun yet.
   *
   * @param manager keeps them
   * @param certificates which
   * @param bundle is told of new ones
   * @param told the application's listeners
   * @param closing closes what was made for the manager, after it
   * @param blocking where others may build their TLS contexts
   */
  CertificateKeeping(
      CertificateManager manager,
      Collection<OrderRequest> certificates,
      ServerBundle bundle,
      ApplicationEventPublisher told,
      Mono<Void> closing,
      Scheduler blocking) {
    this.manager = manager;
    this.certificates = List.copyOf(certificates);
    this.bundle = bundle;
    this.told = told;
    this.closing = closing;
    this.blocking = blocking;
  }

  /** The newest event of the certificate with these names. */
  Optional<CertificateEvent> latest(Collection<String> names) {
    return Optional.ofNullable(latest.get(Set.copyOf(names)));
  }

  /** What is to be kept. */
  Collection<OrderRequest> certificates() {
    return certificates;
  }

  @Override
  public void start() {
    kept =
        manager
            .manage(certificates)
            .publishOn(blocking)
            .subscribe(
                this::happened,
                error -> LOG.error("event=certificates-not-kept next=nothing", error));
  }

  private void happened(CertificateEvent event) {
    latest.put(Set.copyOf(event.names()), event);
    Optional<String> reason = event.error().map(Throwable::getMessage);
    if (reason.isPresent()) {
      LOG.warn(
          "event=certificate-{} names={} next={} reason=\"{}\"",
          kind(event),
          event.names(),
          event.next().map(Object::toString).orElse("none"),
          reason.get());
    } else {
      LOG.info(
          "event=certificate-{} names={} next={}",
          kind(event),
          event.names(),
          event.next().map(Object::toString).orElse("none"));
    }
    try {
      switch (event.kind()) {
        case FOUND, OBTAINED, RENEWED -> bundle.updated();
        default -> {}
      }
      told.publishEvent(event);
    } catch (RuntimeException e) {
      LOG.warn("event=listener-failed names={} next=it-goes-on", event.names(), e);
    }
  }

  private static String kind(CertificateEvent event) {
    return event.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Override
  public void stop(Runnable callback) {
    Disposable now = kept;
    kept = null;
    if (now != null) {
      now.dispose();
    }
    if (!closed) {
      callback.run();
      return;
    }
    manager
        .disposeLater()
        .then(closing)
        .timeout(LONGEST_CLOSING, blocking)
        .doFinally(end -> callback.run())
        .subscribe(done -> {}, error -> LOG.warn("event=not-closed", error));
  }

  @Override
  public void stop() {
    stop(() -> {});
  }

  @Override
  public boolean isRunning() {
    return kept != null;
  }

  /** A context that only pauses starts again. */
  @Override
  public void onApplicationEvent(ContextClosedEvent event) {
    closed = true;
  }
}
