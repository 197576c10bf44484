package io.github.certflux.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * Leases in files. Whatever changes one is called by whoever has the store's lock, so tokens
 * increase over all processes, and a write that asked {@link #check} is done before another is
 * given out.
 */
final class FileLeases {

  private final FileTree tree;
  private final OwnerMark mark;
  private final Scheduler timer;
  private final Path folder;

  FileLeases(FileTree tree, OwnerMark mark, Scheduler timer) {
    this.tree = tree;
    this.mark = mark;
    this.timer = timer;
    this.folder = tree.root().resolve(".leases");
  }

  /**
   * Who holds a lease; null if it may be taken: it was released, its term has ended, its owner is
   * gone, or it is exactly as it was when the caller began to wait longer ago than its term.
   */
  @Nullable LeaseFile holder(String path, @Nullable LeaseFile stale) throws IOException {
    LeaseFile found = read(path);
    boolean free =
        found == null
            || !found.isHeld()
            || !now().isBefore(found.expires())
            || found.equals(stale)
            || !mark.lives(found.owner());
    return free ? null : found;
  }

  /** Takes a lease; null if somebody holds it. */
  @Nullable LeaseFile take(String path, Duration term, @Nullable LeaseFile stale)
      throws IOException {
    if (holder(path, stale) != null) {
      return null;
    }
    LeaseFile last = read(path);
    long token = last == null ? 1 : last.token() + 1;
    LeaseFile taken = new LeaseFile(token, mark.name(), now().plus(term), term);
    tree.replace(file(path), taken.bytes());
    return taken;
  }

  /** Holds a lease for another term; false if it was lost. */
  boolean renew(String path, long token) throws IOException {
    LeaseFile found = held(path, token);
    if (found == null) {
      return false;
    }
    tree.replace(file(path), found.renewed(now()).bytes());
    return true;
  }

  /** Gives a lease back, unless it was lost. */
  void release(String path, long token) throws IOException {
    LeaseFile found = held(path, token);
    if (found != null) {
      tree.replace(file(path), found.released().bytes());
    }
  }

  /** Checks what a condition asks of a lease. */
  void check(String path, Condition condition) throws IOException {
    Lease lease = condition.lease().orElse(null);
    if (lease != null && held(lease.path(), lease.token()) == null) {
      throw Conflicts.leaseLost(path, lease);
    }
  }

  private @Nullable LeaseFile held(String path, long token) throws IOException {
    LeaseFile found = read(path);
    return found != null && found.isHeld() && found.token() == token ? found : null;
  }

  private @Nullable LeaseFile read(String path) throws IOException {
    Path file = file(path);
    byte[] content = tree.read(file);
    return content == null ? null : LeaseFile.parse(file, content);
  }

  /** With an end that no segment of a path has: a lease may be named like a folder of others. */
  private Path file(String path) {
    return folder.resolve(path + "@");
  }

  private Instant now() {
    return Instant.ofEpochMilli(timer.now(TimeUnit.MILLISECONDS));
  }
}
