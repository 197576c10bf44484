package io.github.certflux.store;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Leases as a file store gives them out: to waiters in their turn, and back when it is closed. */
final class FileLeasing {

  private static final Duration LAST_LOOK = Duration.ofMillis(500);

  private final FileAccess files;
  private final FileLeases leases;
  private final LeaseLines lines;
  private final Set<FileLease> held = ConcurrentHashMap.newKeySet();

  FileLeasing(FileAccess files, FileLeases leases, Scheduler timer) {
    this.files = files;
    this.leases = leases;
    this.lines = new LeaseLines(new Desk(), timer, LAST_LOOK, System.identityHashCode(this));
  }

  Mono<Lease> acquire(String path, Duration term) {
    return LeaseWaiter.mono(
        waiter -> lines.enter(path, term, waiter), waiter -> lines.leave(path, waiter));
  }

  Mono<Lease> tryAcquire(String path, Duration term) {
    return LeaseWaiter.mono(waiter -> lines.tryOnce(path, term, waiter), waiter -> {});
  }

  /** Fails those that wait. */
  void close() {
    lines.close().forEach(waiter -> waiter.fail(BlockingWork.closedException()));
  }

  /** Gives back what is held. For whoever has the store's lock. */
  void releaseAll() throws IOException {
    for (FileLease lease : new ArrayList<>(held)) {
      lease.giveBack();
    }
  }

  private final class Desk implements LeaseLines.Desk {

    @Override
    public void holder(
        String path, @Nullable LeaseFile stale, LeaseLines.Answer<LeaseFile> answer) {
      files.<LeaseFile>touch(path, doing(path), () -> leases.holder(path, stale), answer::is);
    }

    @Override
    public void take(
        String path,
        LeaseLines.Waiting waiting,
        @Nullable LeaseFile stale,
        LeaseLines.Answer<LeaseFile> answer) {
      files.<LeaseFile>touchAlone(
          path,
          doing(path),
          () -> waiting.waiter().isWaiting() ? leases.take(path, waiting.term(), stale) : null,
          answer::is);
    }

    @Override
    public void grant(LeaseWaiter waiter, String path, LeaseFile taken) {
      FileLease lease = new FileLease(path, taken.token());
      held.add(lease);
      waiter.deliverOrRelease(lease);
    }

    private String doing(String path) {
      return "acquire the lease " + path;
    }
  }

  private final class FileLease implements Lease {
    private final String path;
    private final long token;
    private volatile boolean isReleased;

    FileLease(String path, long token) {
      this.path = path;
      this.token = token;
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
      return files.touchAlone(
          path,
          "renew the lease " + path,
          () -> {
            if (!leases.renew(path, token)) {
              held.remove(this);
              throw Conflicts.leaseLost(path, this);
            }
            return null;
          });
    }

    /** Also where the subscriber cancels before it has begun. */
    @Override
    public Mono<Void> release() {
      return Mono.create(
          sink -> {
            if (isReleased) {
              sink.success();
              return;
            }
            files.<Void>touchAlone(
                path,
                "release the lease " + path,
                this::giveBack,
                (ok, error) -> {
                  lines.wake(path);
                  if (error == null) {
                    sink.success();
                  } else {
                    sink.error(error);
                  }
                });
          });
    }

    private @Nullable Void giveBack() throws IOException {
      leases.release(path, token);
      isReleased = true;
      held.remove(this);
      return null;
    }

    @Override
    public String toString() {
      return path + "#" + token;
    }
  }
}
