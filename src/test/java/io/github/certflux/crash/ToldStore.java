package io.github.certflux.crash;

import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.ForwardingLease;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreRecord;
import java.time.Duration;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import tools.jackson.databind.json.JsonMapper;

/** A store, each change of which is a step. */
final class ToldStore implements AcmeStore {
  private final AcmeStore store;
  private final Steps steps;
  private final Sinks.Many<String> deleted = Sinks.many().replay().latestOrDefault("");

  ToldStore(AcmeStore store, Steps steps) {
    this.store = store;
    this.steps = steps;
  }

  /** Waits until the account has no key but its current one, and no order under way. */
  Mono<Void> atRest() {
    return deleted
        .asFlux()
        .onBackpressureBuffer()
        .concatMap(path -> store.list("").collectList())
        .filter(
            left ->
                left.stream().filter(path -> path.contains("/keys/")).count() == 1
                    && left.stream().noneMatch(path -> path.contains("/orders/")))
        .next()
        .then();
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    return store.read(path);
  }

  @Override
  public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
    byte[] copy = content.clone();
    return steps.step(
        "write " + kind(path) + shape(path, copy), store.write(path, copy, condition));
  }

  @Override
  public Mono<Void> delete(String path, Condition condition) {
    return steps
        .step("delete " + kind(path), store.delete(path, condition))
        .doOnSuccess(
            done ->
                deleted.emitNext(
                    path, Sinks.EmitFailureHandler.busyLooping(Duration.ofSeconds(1))));
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
    return steps.step("acquire " + kind(path), store.acquire(path, term)).map(this::told);
  }

  @Override
  public Mono<Lease> tryAcquire(String path, Duration term) {
    return steps.step("acquire " + kind(path), store.tryAcquire(path, term)).map(this::told);
  }

  @Override
  public Mono<Void> disposeLater() {
    return store.disposeLater();
  }

  private Lease told(Lease lease) {
    return new ToldLease(lease, steps);
  }

  /** What a path is of, the same in every run. */
  private static String kind(String path) {
    if (path.endsWith("/account.json")) {
      return "account record";
    } else if (path.contains("/keys/")) {
      return "account key";
    } else if (path.contains("/orders/")) {
      return "order";
    } else if (path.contains("/seats/")) {
      return "seat";
    }
    return "account lease";
  }

  /** How far the journal has come. */
  private static String shape(String path, byte[] content) {
    return path.endsWith("/account.json")
        ? JsonMapper.shared().readTree(content).propertyNames().stream()
            .collect(Collectors.joining(" ", " {", "}"))
        : "";
  }

  private static final class ToldLease extends ForwardingLease {
    private final Steps steps;

    ToldLease(Lease lease, Steps steps) {
      super(lease);
      this.steps = steps;
    }

    @Override
    public Mono<Void> release() {
      return steps.step("release " + kind(lease.path()), lease.release());
    }
  }
}
