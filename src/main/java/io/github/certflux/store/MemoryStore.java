package io.github.certflux.store;

import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A store that lives as long as the process: for tests, and for certificates that need not outlive
 * it.
 *
 * <p>Nothing blocks. A record is read and written at once, on the subscriber's thread. Those that
 * wait for a lease get it in the order in which they asked, on the thread that released it, or on
 * the timer's when its term ended. What is given out and taken in is copied.
 */
public final class MemoryStore implements AcmeStore {

  private final Memory memory;

  private MemoryStore(Memory memory) {
    this.memory = memory;
  }

  /**
   * Makes an empty store whose leases end by the system's clock.
   *
   * @return the store
   */
  public static MemoryStore create() {
    return create(Schedulers.parallel());
  }

  /**
   * Makes an empty store.
   *
   * @param timer its clock and its delays end the terms of leases
   * @return the store
   */
  public static MemoryStore create(Scheduler timer) {
    return new MemoryStore(new Memory(timer));
  }

  /** The same records and leases as another process would see them: with no lease of its own. */
  MemoryStore anotherProcess() {
    return new MemoryStore(memory);
  }

  /** As if this process had died: nobody waits any more, and its leases are free now or in time. */
  void abandon(boolean freeAtOnce) {
    memory.removeWaiters(this);
    if (freeAtOnce) {
      memory.free(this);
    }
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    StoreRules.path(path);
    return Mono.fromCallable(() -> memory.read(path));
  }

  @Override
  public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
    StoreRules.path(path);
    byte[] copy = StoreRules.content(path, content);
    return Mono.fromCallable(
        () -> {
          StoreRecord record = new StoreRecord(path, copy, StoreRules.version(copy));
          memory.write(record, condition);
          return Memory.copy(record);
        });
  }

  @Override
  public Mono<Void> delete(String path, Condition condition) {
    StoreRules.path(path);
    return Mono.fromRunnable(() -> memory.delete(path, condition));
  }

  @Override
  public Flux<String> list(String folder) {
    StoreRules.folder(folder);
    return Flux.defer(() -> Flux.fromIterable(memory.list(folder)));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Whoever writes tells of it before its write is signalled as done. Closing does not end this.
   */
  @Override
  public Flux<String> changes(String folder) {
    StoreRules.folder(folder);
    return memory.changes(folder);
  }

  @Override
  public Mono<Lease> acquire(String path, Duration term) {
    StoreRules.path(path);
    StoreRules.term(term);
    return LeaseWaiter.mono(
        waiter -> memory.await(this, path, term, waiter), waiter -> memory.forget(path, waiter));
  }

  @Override
  public Mono<Lease> tryAcquire(String path, Duration term) {
    StoreRules.path(path);
    StoreRules.term(term);
    return LeaseWaiter.mono(waiter -> memory.tryAcquire(this, path, term, waiter), waiter -> {});
  }

  /**
   * Releases the leases taken through this store, and fails those that wait for one. Records stay,
   * and the store can be used again.
   */
  @Override
  public Mono<Void> disposeLater() {
    return Mono.fromRunnable(
        () -> {
          List<LeaseWaiter> waiting = memory.removeWaiters(this);
          memory.free(this);
          waiting.forEach(
              waiter ->
                  waiter.fail(new StoreException("", "the store was closed meanwhile", null)));
        });
  }
}
