package io.github.certflux.simulation;

import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.Lease;
import io.github.certflux.store.SimulatedProcess;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.time.Duration;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The store as one process sees it: what it asks takes time, may fail before or after it was done,
 * and the process may die in between.
 */
final class ProcessStore implements AcmeStore {
  private final World world;
  private final Node process;
  private final SimulatedProcess store;

  ProcessStore(World world, Node process) {
    this.world = world;
    this.process = process;
    this.store = SimulatedProcess.on(world.memory);
  }

  /** The process dies. */
  void die(boolean freeAtOnce) {
    if (freeAtOnce) {
      store.kill();
    } else {
      store.vanish();
    }
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    return Mono.from(call("read " + path, false, () -> store.read(path)));
  }

  @Override
  public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
    byte[] copy = content.clone();
    return Mono.from(call("write " + path, true, () -> store.write(path, copy, condition)));
  }

  @Override
  public Mono<Void> delete(String path, Condition condition) {
    return Mono.from(call("delete " + path, true, () -> store.delete(path, condition)));
  }

  @Override
  public Flux<String> list(String folder) {
    return Flux.from(call("list " + folder, false, () -> store.list(folder).collectList()))
        .flatMapIterable(paths -> paths);
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
    return Mono.from(call("tryAcquire " + path, false, () -> store.tryAcquire(path, term)));
  }

  private <T> Mono<T> call(String what, boolean write, Supplier<? extends Publisher<T>> work) {
    return Mono.defer(
        () -> {
          if (!process.event()) {
            return Mono.never();
          }
          int millis = world.setting.storeMillis();
          if (millis == 0) {
            return done(what, write, work);
          }
          return Mono.delay(world.upTo(millis), process.timer())
              .then(Mono.defer(() -> done(what, write, work)));
        });
  }

  private <T> Mono<T> done(String what, boolean write, Supplier<? extends Publisher<T>> work) {
    if (!process.event()) {
      return Mono.never();
    }
    boolean fails = write && world.happens(world.setting.storeTrouble());
    world.trace(process.name(), what + (fails ? " FAILS" : ""));
    if (fails) {
      process.storeFailed();
      StoreException failure = new StoreException("", "simulated", null);
      return world.random.nextBoolean()
          ? Mono.error(failure)
          : Mono.from(work.get()).then(Mono.error(failure));
    }
    return Mono.from(work.get())
        .flatMap(value -> process.event() ? Mono.just(value) : Mono.never())
        .switchIfEmpty(Mono.defer(() -> process.event() ? Mono.empty() : Mono.never()));
  }
}
