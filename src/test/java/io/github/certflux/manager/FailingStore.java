package io.github.certflux.manager;

import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.ForwardingLease;
import io.github.certflux.store.ForwardingStore;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.time.Duration;
import java.util.function.Predicate;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A store that fails, loses leases and tells nothing, when it is told to. */
final class FailingStore extends ForwardingStore {
  boolean down;

  /** The paths whose writes fail. */
  Predicate<String> fails = path -> false;

  /** The next renewal says that the lease was lost. */
  boolean losesLeases;

  /** What is told of changes, given what the store tells. */
  Flux<String> hints;

  FailingStore(AcmeStore to) {
    super(to);
    hints = to.changes("certificates");
  }

  private <T> Mono<T> up(String path, Mono<T> work) {
    return Mono.defer(() -> down ? Mono.error(new StoreException(path, "down", null)) : work);
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    return up(path, super.read(path));
  }

  @Override
  public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
    return up(
        path,
        Mono.defer(
            () ->
                fails.test(path)
                    ? Mono.error(new StoreException(path, "read-only", null))
                    : super.write(path, content, condition)));
  }

  @Override
  public Flux<String> changes(String folder) {
    return Flux.defer(() -> hints);
  }

  @Override
  public Mono<Lease> tryAcquire(String path, Duration term) {
    return up(path, super.tryAcquire(path, term)).map(Losable::new);
  }

  private final class Losable extends ForwardingLease {
    Losable(Lease lease) {
      super(lease);
    }

    @Override
    public Mono<Void> renew() {
      return Mono.defer(
          () ->
              losesLeases
                  ? lease
                      .release()
                      .then(Mono.error(new StoreConflictException(path(), "the lease was lost")))
                  : up(path(), lease.renew()));
    }
  }
}
