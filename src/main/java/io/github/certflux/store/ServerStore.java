package io.github.certflux.store;

import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.internal.Timing;
import io.github.certflux.internal.UnderWay;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * A store on a server that many processes share: what those on Redis and PostgreSQL have in common.
 *
 * <p>Whatever is asked is done to its end, also where its subscriber cancels, and none takes longer
 * than the time limit. A lost connection is made again by the next that needs one.
 */
abstract sealed class ServerStore implements AcmeStore permits RedisStore, PostgresStore {

  static final Duration TIME_LIMIT = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(ServerStore.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration PULSE = Duration.ofSeconds(10);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final StoreServer server;
  private final Duration limit;
  private final Timing timing;
  private final ServerLeasing leasing;
  private final UnderWay underWay = new UnderWay();
  private final ChangeHints hints = new ChangeHints(false);
  private final AtomicBoolean listening = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Sinks.Empty<Void> closing = Sinks.empty();
  private final Sinks.Empty<Void> disposed = Sinks.empty();
  private final String process;
  private final AtomicLong attempts = new AtomicLong();
  private final AtomicInteger failures = new AtomicInteger();

  ServerStore(StoreServer server, Duration limit, Scheduler timer) {
    this.server = server;
    this.limit = limit;
    SecureRandom random = JcaCrypto.drbg();
    this.timing = new Timing(timer, random);
    this.process = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
    this.leasing = new ServerLeasing(this, server, timer);
  }

  static Duration timeLimitOf(Duration limit) {
    if (limit.compareTo(Duration.ofMillis(10)) < 0 || limit.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("a time limit is 10 ms to an hour, not " + limit);
    }
    return limit;
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    StoreRules.path(path);
    return call(path, "read " + path, server.read(path));
  }

  @Override
  public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
    StoreRules.path(path);
    byte[] copy = StoreRules.content(path, content);
    return Mono.defer(
        () -> {
          StoreRecord record = new StoreRecord(path, copy, StoreRules.version(copy));
          return call(path, "write " + path, server.write(record, condition, attempt()))
              .then(Mono.fromSupplier(() -> Memory.copy(record)));
        });
  }

  @Override
  public Mono<Void> delete(String path, Condition condition) {
    StoreRules.path(path);
    return call(path, "delete " + path, server.delete(path, condition));
  }

  @Override
  public Flux<String> list(String folder) {
    StoreRules.folder(folder);
    return call(folder, "list " + (folder.isEmpty() ? "all" : folder), listed(folder))
        .flatMapIterable(paths -> paths);
  }

  private Mono<List<String>> listed(String folder) {
    return Flux.defer(() -> server.list(folder)).collectList();
  }

  /**
   * {@inheritDoc}
   *
   * <p>The server tells of them at once, over a connection of its own that is made by the first who
   * listens or waits for a lease.
   */
  @Override
  public Flux<String> changes(String folder) {
    StoreRules.folder(folder);
    return Flux.defer(
        () -> {
          if (closed.get()) {
            return Flux.empty();
          }
          listen();
          return hints.below(folder);
        });
  }

  @Override
  public Mono<Lease> acquire(String path, Duration term) {
    StoreRules.path(path);
    StoreRules.term(term);
    return leasing.acquire(path, term);
  }

  @Override
  public Mono<Lease> tryAcquire(String path, Duration term) {
    StoreRules.path(path);
    StoreRules.term(term);
    return leasing.tryAcquire(path, term);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The connections that the store made are closed. Whatever is asked of it afterwards is a
   * {@link StoreException}.
   */
  @Override
  public Mono<Void> disposeLater() {
    return Mono.defer(
        () -> {
          if (closed.compareAndSet(false, true)) {
            closing.tryEmitEmpty();
            leasing.close();
            hints.complete();
            underWay
                .idle()
                .then(Mono.defer(() -> leasing.releaseAll(limit)))
                .onErrorResume(
                    error -> {
                      LOG.warn("store.close server={} reason={}", server.name(), error.toString());
                      return Mono.empty();
                    })
                .then(Mono.defer(server::close).timeout(limit, timing.timer()))
                .onErrorComplete()
                .subscribe(done -> {}, disposed::tryEmitError, disposed::tryEmitEmpty);
          }
          return disposed.asMono();
        });
  }

  /** Completes when nothing is under way. */
  Mono<Void> idle() {
    return underWay.idle();
  }

  /** Does what is asked to its end, within the time limit. */
  <T> Mono<T> call(String path, String doing, Mono<T> work) {
    return Mono.defer(
        () ->
            closed.get()
                ? Mono.error(BlockingWork.closedException())
                : underWay.detached(
                    limited(work).onErrorMap(error -> explain(path, doing, error))));
  }

  <T> Mono<T> limited(Mono<T> work) {
    return work.timeout(limit, timing.timer());
  }

  /** Unlike that of every other attempt, of any process. */
  String attempt() {
    return process + "-" + attempts.incrementAndGet();
  }

  private Throwable explain(String path, String doing, Throwable error) {
    if (error instanceof StoreException) {
      return error;
    }
    String why =
        error instanceof TimeoutException
            ? "no answer within " + limit.toMillis() + " ms, so it may have been done or not"
            : reason(error);
    return new StoreException(path, "cannot " + doing + ": " + server.name() + ": " + why, error);
  }

  private static String reason(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String outer =
        error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
    String inner = root.getMessage();
    return root == error || inner == null || outer.contains(inner) ? outer : outer + ": " + inner;
  }

  /** Listens from now on, until the store is closed. */
  void listen() {
    if (!listening.compareAndSet(false, true)) {
      return;
    }
    Flux.defer(() -> server.listen(this::watch))
        .doOnNext(this::heard)
        .onErrorResume(
            error -> {
              LOG.debug("store.deaf server={} reason={}", server.name(), error.toString());
              return Mono.empty();
            })
        .then(Mono.defer(this::pause))
        .repeat()
        .takeUntilOther(closing.asMono())
        .subscribe();
  }

  private Mono<Void> watch(Mono<Void> asking) {
    return Mono.defer(() -> timing.delay(PULSE)).then(limited(asking)).repeat().then();
  }

  private Mono<Long> pause() {
    hints.deaf();
    Duration pause = Timing.doubled(FIRST_PAUSE, failures.getAndIncrement(), LONGEST_PAUSE);
    return timing.delay(timing.jitter(pause));
  }

  private void heard(StoreServer.Notice notice) {
    switch (notice.kind()) {
      case LISTENING -> {
        failures.set(0);
        hints.listening();
        leasing.wakeAll();
      }
      case CHANGED -> hints.changed(notice.path());
      case RELEASED -> leasing.wake(notice.path());
    }
  }
}
