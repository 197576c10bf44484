package io.github.certflux.examples;

import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreRecord;
import java.time.Duration;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A store that tells of what is written under a lease, and of what was refused there. */
final class ToldStore implements AcmeStore {
  private final AcmeStore store;
  private final Consumer<String> told;

  ToldStore(AcmeStore store, Consumer<String> told) {
    this.store = store;
    this.told = told;
  }

  @Override
  public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
    Mono<StoreRecord> write = store.write(path, content, condition);
    return condition.lease().map(lease -> told(write, lease)).orElse(write);
  }

  private Mono<StoreRecord> told(Mono<StoreRecord> write, Lease lease) {
    String under = lease.path() + " " + lease.token();
    return write
        .doOnNext(done -> told.accept("WROTE " + under))
        .doOnError(StoreConflictException.class, e -> told.accept("REFUSED " + under));
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    return store.read(path);
  }

  @Override
  public Mono<Void> delete(String path, Condition condition) {
    return store.delete(path, condition);
  }

  @Override
  public Flux<String> list(String folder) {
    return store.list(folder);
  }

  @Override
  public Flux<String> changes(String folder) {
    return store.changes(folder);
  }

  @Override
  public Mono<Lease> acquire(String path, Duration term) {
    return store.acquire(path, term);
  }

  @Override
  public Mono<Lease> tryAcquire(String path, Duration term) {
    return store.tryAcquire(path, term);
  }

  @Override
  public Mono<Void> disposeLater() {
    return store.disposeLater();
  }
}
