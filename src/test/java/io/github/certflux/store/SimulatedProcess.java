package io.github.certflux.store;

import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One of several simulated processes that share a store in memory. Once it is dead its calls never
 * answer, so whatever its client still does has no effect.
 */
public final class SimulatedProcess implements AcmeStore {

  private final MemoryStore view;
  private volatile boolean dead;

  private SimulatedProcess(MemoryStore view) {
    this.view = view;
  }

  /** A process that has just started. */
  public static SimulatedProcess on(MemoryStore store) {
    return new SimulatedProcess(store.anotherProcess());
  }

  /** Dies where others notice it: its leases are free at once. */
  public void kill() {
    dead = true;
    view.abandon(true);
  }

  /** Is cut off or hangs for ever: its leases are free when their terms have ended. */
  public void vanish() {
    dead = true;
    view.abandon(false);
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    return unlessDead(view.read(path));
  }

  @Override
  public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
    return unlessDead(view.write(path, content, condition));
  }

  @Override
  public Mono<Void> delete(String path, Condition condition) {
    return unlessDead(view.delete(path, condition));
  }

  @Override
  public Flux<String> list(String folder) {
    return Flux.defer(() -> dead ? Flux.never() : view.list(folder));
  }

  @Override
  public Flux<String> changes(String folder) {
    return Flux.defer(() -> view.changes(folder).filter(path -> !dead));
  }

  @Override
  public Mono<Lease> acquire(String path, Duration term) {
    return unlessDead(view.acquire(path, term)).map(OwnLease::new);
  }

  @Override
  public Mono<Lease> tryAcquire(String path, Duration term) {
    return unlessDead(view.tryAcquire(path, term)).map(OwnLease::new);
  }

  @Override
  public Mono<Void> disposeLater() {
    return unlessDead(view.disposeLater());
  }

  private <T> Mono<T> unlessDead(Mono<T> call) {
    return Mono.defer(() -> dead ? Mono.never() : call);
  }

  /** A lease dies with its process. */
  private final class OwnLease extends ForwardingLease {
    OwnLease(Lease lease) {
      super(lease);
    }

    @Override
    public Mono<Void> renew() {
      return unlessDead(lease.renew());
    }

    @Override
    public Mono<Void> release() {
      return unlessDead(lease.release());
    }
  }
}
