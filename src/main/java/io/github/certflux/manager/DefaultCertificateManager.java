package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.Timing;
import io.github.certflux.internal.UnderWay;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.AcmeStore;
import io.netty.util.AsyncMapping;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** What is managed, by whom it is wanted, and the parts that do the work. */
final class DefaultCertificateManager implements CertificateManager {
  private static final String CLOSED = "the manager is closed";

  private final UnaryOperator<OrderRequest> each;
  private final List<URI> cas;
  private final Timing timing;
  private final Scheduler tellers;
  private final UnderWay underWay = new UnderWay();
  private final StoredCertificates stored;
  private final Installed installed;
  private final DueQueue queue;
  private final CertificateChanges changes;
  private final @Nullable OnDemandIssuing onDemand;
  private final @Nullable AccountKeys accountKeys;
  private final SniKeyManager keyManager;
  private final Mono<Void> disposal;

  private final ConcurrentMap<String, Managed> managed = new ConcurrentHashMap<>();
  private final NameIndex index = new NameIndex();
  private @Nullable Disposable background;
  private boolean closed;

  DefaultCertificateManager(
      AcmeStore store,
      List<Authority> authorities,
      UnaryOperator<OrderRequest> each,
      int inFlight,
      NewOrders newOrders,
      boolean keepKeys,
      @Nullable OnDemand onDemand,
      @Nullable String defaultName,
      Duration accountKeyAge,
      @Nullable KeyType accountKeyType,
      Timing timing,
      Scheduler tellers,
      Crypto crypto) {
    this.each = each;
    this.cas = authorities.stream().map(Authority::directory).toList();
    this.timing = timing;
    this.tellers = tellers;
    this.stored = new StoredCertificates(store, crypto);
    Calendar calendar = new Calendar();
    this.installed = new Installed(calendar, new CopyOnWriteArrayList<>());
    Planner planner = new Planner(calendar, timing.random());
    Duration seats =
        authorities.stream().map(Authority::leaseTerm).max(Duration::compareTo).orElseThrow();
    WorkLease leases = WorkLease.outlasting(seats, timing, underWay);
    Keeper keeper =
        new Keeper(
            stored,
            authorities,
            planner,
            timing,
            leases,
            newOrders,
            keepKeys,
            installed,
            this::stillWanted);
    this.queue = new DueQueue(timing, inFlight, keeper::look);
    this.changes = new CertificateChanges(stored, planner, timing, leases);
    this.onDemand =
        onDemand == null ? null : new OnDemandIssuing(this, onDemand, stored, each, timing);
    this.accountKeys =
        accountKeyType == null
            ? null
            : new AccountKeys(store, authorities, accountKeyAge, accountKeyType, timing, leases);
    this.keyManager =
        new SniKeyManager(
            name ->
                name.map(this::find)
                    .or(() -> Optional.ofNullable(defaultName).map(this::find))
                    .orElse(null),
            managed::get);
    this.disposal = disposal(crypto);
  }

  // ---- what is managed

  @Override
  public Flux<CertificateEvent> manage(String... names) {
    return manage(Arrays.stream(names).map(name -> each.apply(OrderRequest.of(name))).toList());
  }

  @Override
  public Flux<CertificateEvent> manage(Collection<OrderRequest> certificates) {
    Map<NameSet, OrderRequest> wanted = new LinkedHashMap<>();
    certificates.forEach(request -> wanted.put(NameSet.of(request), request));
    return managed(wanted, false);
  }

  /** On demand, they are managed on after the subscription, until {@link #unpin}. */
  Flux<CertificateEvent> managed(Map<NameSet, OrderRequest> wanted, boolean demanded) {
    return Flux.create(
        sink -> {
          EventQueue listener = new EventQueue(sink, demanded ? Schedulers.immediate() : tellers);
          List<Managed> claimed = new CopyOnWriteArrayList<>();
          sink.onDispose(() -> release(claimed, listener));
          if (sink.isCancelled()) {
            return;
          }
          if (!claim(wanted, demanded, listener, claimed)) {
            sink.error(new IllegalStateException(CLOSED));
          } else if (sink.isCancelled()) { // by another thread, before all was claimed
            release(claimed, listener);
          }
        },
        FluxSink.OverflowStrategy.IGNORE);
  }

  @Override
  public Flux<CertificateEvent> events() {
    return Flux.create(
        sink -> {
          EventQueue listener = new EventQueue(sink, tellers);
          synchronized (this) {
            if (!closed) {
              installed.everywhere().add(listener);
              sink.onDispose(() -> installed.everywhere().remove(listener)); // at once if cancelled
              return;
            }
          }
          sink.error(new IllegalStateException(CLOSED));
        },
        FluxSink.OverflowStrategy.IGNORE);
  }

  private boolean claim(
      Map<NameSet, OrderRequest> wanted,
      boolean demanded,
      EventQueue listener,
      List<Managed> claimed) {
    List<Managed> added = new ArrayList<>();
    List<Managed> all = new ArrayList<>();
    synchronized (this) {
      if (closed) {
        return false;
      }
      wanted.forEach(
          (set, request) -> {
            Managed one = managed.get(set.id());
            if (one == null) {
              one = new Managed(set, request, demanded);
              one.pinned = demanded;
              managed.put(set.id(), one);
              index.add(one);
              added.add(one);
            }
            one.request = request;
            one.listeners.add(listener);
            all.add(one);
          });
      claimed.addAll(all);
      start();
    }
    all.forEach(one -> installed.welcome(one, listener));
    added.forEach(queue::add);
    return true;
  }

  private void release(List<Managed> claimed, EventQueue listener) {
    claimed.forEach(
        one -> {
          synchronized (this) {
            one.listeners.remove(listener);
          }
          leaveIfUnwanted(one);
        });
  }

  private void leaveIfUnwanted(Managed one) {
    synchronized (this) {
      if (one.pinned || !one.listeners.isEmpty() || !managed.remove(one.id(), one)) {
        return;
      }
      index.remove(one);
    }
    queue.remove(one);
    installed.forget(one);
  }

  void unpin(String id) {
    Managed one = managed.get(id);
    if (one != null) {
      one.pinned = false;
      leaveIfUnwanted(one);
    }
  }

  Optional<Instant> nextTry(CertificateRecord record) {
    Instant now = timing.now();
    return Step.nextTry(record.believable(now), cas, now).map(Tries.Turn::at);
  }

  // ---- the work

  /** Before a renewal. What was issued on demand and is no longer wanted is let go. */
  private Mono<Boolean> stillWanted(Managed one) {
    return onDemand == null || !one.onDemand || !one.listeners.isEmpty()
        ? Mono.just(true)
        : onDemand
            .stillWanted(one)
            .doOnNext(
                wanted -> {
                  if (!wanted) {
                    unpin(one.id());
                  }
                });
  }

  /** With the first certificate that is managed. */
  private void start() {
    if (background != null) {
      return;
    }
    Disposable hints = new Hints(stored, timing, managed::size).changes().subscribe(this::changed);
    Disposable keys = accountKeys == null ? () -> {} : accountKeys.kept().subscribe();
    background =
        () -> {
          hints.dispose();
          keys.dispose();
        };
  }

  private void changed(String id) {
    Instant now = timing.now();
    if (!id.isEmpty()) {
      Managed one = managed.get(id);
      if (one != null) {
        queue.hasten(one, now);
      }
      return;
    }
    long spread = Hints.spread(managed.size()).toMillis();
    for (Managed one : managed.values()) {
      queue.hasten(one, now.plusMillis(timing.random().nextLong(spread)));
    }
  }

  private void hasten(NameSet set) {
    Managed one = managed.get(set.id());
    if (one != null) {
      queue.hasten(one, timing.now());
    }
  }

  // ---- look-up

  private @Nullable Managed find(String name) {
    Managed found = index.find(name);
    if (found != null && !found.asked) {
      found.asked = true;
    }
    return found;
  }

  @Override
  public Optional<ManagedCertificate> certificate(String name) {
    return Optional.ofNullable(find(name)).map(one -> one.certificate);
  }

  @Override
  public Mono<ManagedCertificate> certificateOnDemand(String name) {
    return Mono.defer(
        () -> {
          Optional<ManagedCertificate> here = certificate(name);
          return here.isPresent() || onDemand == null
              ? Mono.justOrEmpty(here)
              : onDemand.certificate(name);
        });
  }

  @Override
  public X509ExtendedKeyManager keyManager() {
    return keyManager;
  }

  @Override
  public <T> AsyncMapping<String, T> sni(T context) {
    return (name, promise) -> {
      Disposable waiting =
          (name == null ? Mono.<ManagedCertificate>empty() : certificateOnDemand(name))
              .subscribe(
                  found -> promise.trySuccess(context),
                  promise::tryFailure,
                  () -> promise.trySuccess(context));
      promise.addListener(
          done -> {
            if (done.isCancelled()) {
              waiting.dispose();
            }
          });
      return promise;
    };
  }

  // ---- changes from outside

  @Override
  public Mono<Void> renewNow(String... names) {
    NameSet set = NameSet.of(OrderRequest.of(names));
    return changes.renewNow(set).doOnSuccess(done -> hasten(set));
  }

  @Override
  public Mono<Void> tryAgain(String... names) {
    NameSet set = NameSet.of(OrderRequest.of(names));
    return changes.tryAgain(set).doOnSuccess(done -> hasten(set));
  }

  @Override
  public Mono<Boolean> importCertificate(
      List<X509Certificate> chain, KeyPair key, Optional<URI> ca) {
    return Mono.defer(
        () -> {
          ManagedCertificate certificate = Imports.checked(chain, key, ca.orElse(null));
          NameSet set = NameSet.of(OrderRequest.of(certificate.names()));
          return changes.imported(set, certificate).doOnSuccess(done -> hasten(set));
        });
  }

  // ---- the end

  private Mono<Void> disposal(Crypto crypto) {
    return Mono.fromRunnable(this::close)
        .then(Mono.defer(underWay::idle))
        .then(Mono.defer(crypto::disposeLater))
        .cache();
  }

  private void close() {
    List<Managed> all;
    List<EventQueue> listeners;
    synchronized (this) {
      closed = true;
      all = List.copyOf(managed.values());
      listeners = new ArrayList<>(installed.everywhere());
      if (background != null) {
        background.dispose();
      }
    }
    queue.close();
    underWay.close();
    all.forEach(queue::remove);
    all.forEach(one -> listeners.addAll(one.listeners));
    listeners.stream().distinct().forEach(EventQueue::complete);
  }

  @Override
  public Mono<Void> disposeLater() {
    return disposal;
  }
}
