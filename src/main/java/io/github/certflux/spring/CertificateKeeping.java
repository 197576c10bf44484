package io.github.certflux.spring;

import io.github.certflux.OrderRequest;
import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.CertificateManager;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Keeps the certificates while the application serves: from when the web server listens, so that a
 * CA that is down keeps nobody from starting, until it no longer does, so that who comes while it
 * shuts down is shown them still. Where there is no web server, as in a test without one, nothing
 * is ordered. Each {@link CertificateEvent} is an event of the application, too.
 */
final class CertificateKeeping
    implements SmartLifecycle, ApplicationListener<ApplicationEvent>, DisposableBean {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateKeeping.class);

  /** Of each step: an account that can't be created now is tried for longer than anybody waits. */
  private static final Duration LONGEST_CLOSING = Duration.ofSeconds(6);

  private final CertificateManager manager;
  private final List<OrderRequest> certificates;
  private final ServerBundle bundle;
  private final ApplicationContext told;
  private final List<Mono<Void>> closing;
  private final Scheduler blocking;
  private final Map<Set<String>, CertificateEvent> latest = new ConcurrentHashMap<>();
  private final Map<Set<String>, CertificateEvent> failed = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Disposable.Swap kept = Disposables.swap();
  private volatile boolean running;
  private volatile boolean ending;

  /**
   * Not begun yet.
   *
   * @param manager keeps them
   * @param certificates which
   * @param bundle shows them, and is told of new ones
   * @param told the application's listeners
   * @param closing closes the manager and then what was made for it, step by step
   * @param blocking where others may build their TLS contexts
   */
  CertificateKeeping(
      CertificateManager manager,
      Collection<OrderRequest> certificates,
      ServerBundle bundle,
      ApplicationContext told,
      List<Mono<Void>> closing,
      Scheduler blocking) {
    this.manager = manager;
    this.certificates = List.copyOf(certificates);
    this.bundle = bundle;
    this.told = told;
    this.closing = List.copyOf(closing);
    this.blocking = blocking;
    bundle.show(manager.keyManager());
  }

  /** The newest event of the certificate with these names. */
  Optional<CertificateEvent> latest(Collection<String> names) {
    return Optional.ofNullable(latest.get(Set.copyOf(names)));
  }

  /** The newest failure of it, unless something went well since. */
  Optional<CertificateEvent> failed(Collection<String> names) {
    return Optional.ofNullable(failed.get(Set.copyOf(names)));
  }

  /** What is to be kept. */
  Collection<OrderRequest> certificates() {
    return certificates;
  }

  /** Ready for the web server. */
  @Override
  public void start() {
    running = true;
  }

  @Override
  public void onApplicationEvent(ApplicationEvent event) {
    if (event instanceof ContextClosedEvent closing) {
      ending |= closing.getApplicationContext() == told;
    } else if (event instanceof WebServerInitializedEvent listening
        && listening.getApplicationContext().getServerNamespace() == null
        && running) {
      kept.update(
          manager
              .manage(certificates)
              .publishOn(blocking)
              .subscribe(
                  this::happened,
                  error -> LOG.error("event=certificates-not-kept next=nothing", error)));
    }
  }

  private void happened(CertificateEvent event) {
    Set<String> names = Set.copyOf(event.names());
    latest.put(names, event);
    switch (event.kind()) {
      case FAILED -> failed.put(names, event);
      case FOUND, OBTAINED, RENEWED -> failed.remove(names);
      default -> {}
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

  @Override
  public void stop(Runnable callback) {
    running = false;
    kept.update(Disposables.disposed());
    if (ending) {
      close().doFinally(end -> callback.run()).subscribe();
    } else {
      callback.run();
    }
  }

  /** One step that fails or takes too long holds up none of the next. */
  private Mono<Void> close() {
    return closed.compareAndSet(false, true)
        ? Flux.fromIterable(closing)
            .concatMap(
                step ->
                    step.timeout(LONGEST_CLOSING, blocking)
                        .onErrorResume(
                            error -> {
                              LOG.warn("event=not-closed next=it-goes-on", error);
                              return Mono.empty();
                            }))
            .then()
        : Mono.empty();
  }

  @Override
  public void stop() {
    stop(() -> {});
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** After a start that failed, when nobody has been told that the context closes. */
  @Override
  public void destroy() {
    kept.dispose();
    close().subscribe();
  }

  /** Begins before the web server and ends after it. */
  @Override
  public int getPhase() {
    return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE - 1;
  }

  /** The web server goes on. */
  @Override
  public boolean isPauseable() {
    return false;
  }
}
