package io.github.certflux.store;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Leases of a server, whose clock alone measures their terms. Those of this process that wait stand
 * in a line; the first tries again when the server tells of a release, and about once a second.
 */
final class ServerLeasing {

  private static final Duration LAST_LOOK = Duration.ofSeconds(1);

  private final ServerStore store;
  private final StoreServer server;
  private final LeaseLines lines;
  private final Set<ServerLease> held = ConcurrentHashMap.newKeySet();

  ServerLeasing(ServerStore store, StoreServer server, Scheduler timer) {
    this.store = store;
    this.server = server;
    this.lines = new LeaseLines(new Desk(), timer, LAST_LOOK, System.identityHashCode(this));
  }

  Mono<Lease> acquire(String path, Duration term) {
    return LeaseWaiter.mono(
        waiter -> {
          store.listen();
          lines.enter(path, term, waiter);
        },
        waiter -> lines.leave(path, waiter));
  }

  Mono<Lease> tryAcquire(String path, Duration term) {
    return LeaseWaiter.mono(waiter -> lines.tryOnce(path, term, waiter), waiter -> {});
  }

  /** Somebody has released a lease. */
  void wake(String path) {
    lines.wake(path);
  }

  /** Any lease may have been released. */
  void wakeAll() {
    lines.wakeAll();
  }

  /** Fails those that wait. */
  void close() {
    lines.close().forEach(waiter -> waiter.fail(BlockingWork.closedException()));
  }

  /** Gives back what is held. */
  Mono<Void> releaseAll(Duration limit) {
    return Flux.fromIterable(new ArrayList<>(held))
        .flatMap(lease -> store.limited(server.release(lease)))
        .then();
  }

  private final class Desk implements LeaseLines.Desk {

    /** Taking it tells as much, at once. */
    @Override
    public void holder(
        String path, @Nullable LeaseFile stale, LeaseLines.Answer<LeaseFile> answer) {
      answer.is(null, null);
    }

    @Override
    public void take(
        String path,
        LeaseLines.Waiting waiting,
        @Nullable LeaseFile stale,
        LeaseLines.Answer<LeaseFile> answer) {
      Duration term = waiting.term();
      Mono.defer(
              () ->
                  waiting.waiter().isWaiting()
                      ? store.call(
                          path,
                          "acquire the lease " + path,
                          server.take(path, term, store.attempt()))
                      : Mono.empty())
          .map(token -> Optional.of(new LeaseFile(token, "this process", Instant.EPOCH, term)))
          .defaultIfEmpty(Optional.empty())
          .subscribe(taken -> answer.is(taken.orElse(null), null), error -> answer.is(null, error));
    }

    @Override
    public void grant(LeaseWaiter waiter, String path, LeaseFile taken) {
      ServerLease lease = new ServerLease(path, taken.token(), taken.term());
      held.add(lease);
      waiter.deliverOrRelease(lease);
    }
  }

  private final class ServerLease implements Lease {
    private final String path;
    private final long token;
    private final Duration term;
    private volatile boolean isReleased;

    ServerLease(String path, long token, Duration term) {
      this.path = path;
      this.token = token;
      this.term = term;
    }

    @Override
    public String path() {
      return path;
    }

    @Override
    public long token() {
      return token;
    }

    @Override
    public Mono<Void> renew() {
      return store
          .call(path, "renew the lease " + path, server.renew(this, term))
          .flatMap(
              isHeld -> {
                if (isHeld) {
                  return Mono.empty();
                }
                held.remove(this);
                return Mono.error(Conflicts.leaseLost(path, this));
              });
    }

    @Override
    public Mono<Void> release() {
      return Mono.defer(
          () ->
              isReleased
                  ? Mono.empty()
                  : store.call(
                      path,
                      "release the lease " + path,
                      server.release(this).doOnSuccess(done -> released())));
    }

    private void released() {
      isReleased = true;
      held.remove(this);
      lines.wake(path);
    }

    @Override
    public String toString() {
      return path + "#" + token;
    }
  }
}
