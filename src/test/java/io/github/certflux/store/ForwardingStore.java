package io.github.certflux.store;

import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Another store, for tests that change one call of it. */
public abstract class ForwardingStore implements AcmeStore {
  /** Where everything goes. */
  protected final AcmeStore store;

  /** Everything goes there. */
  protected ForwardingStore(AcmeStore store) {
    this.store = store;
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    return store.read(path);
  }

  @Override
  public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
    return store.write(path, content, condition);
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
}
