package io.github.certflux.store;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** Locks that the operating system takes back from a process that ends. */
final class FileLocks {

  /** How long the critical sections of others, a few fsyncs each, may keep this one waiting. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(FileLocks.class);

  private FileLocks() {}

  /**
   * Does work while this thread alone has the lock.
   *
   * <p>POSIX takes a process's locks on a file back when it closes <em>any</em> descriptor of it.
   * So only one thread of the JVM at a time may have the file open: they queue at an interned
   * string, which is the same object for every class loader.
   */
  static <T> @Nullable T alone(Path file, Scheduler timer, Disk.Work<T> work) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    Object jvmWide = ("certflux.store " + (parent == null ? file : parent.toRealPath())).intern();
    synchronized (jvmWide) {
      try (FileChannel channel = open(file)) {
        FileLock lock = lock(channel, file, timer);
        try {
          return work.run();
        } finally {
          lock.release();
        }
      }
    }
  }

  private static FileLock lock(FileChannel channel, Path file, Scheduler timer) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null ? lock : await(channel, file, timer);
    } catch (OverlappingFileLockException e) {
      throw new FileSystemException(
          file.toString(), null, "is locked by other code in this process: leave it alone");
    }
  }

  private static FileLock await(FileChannel channel, Path file, Scheduler timer)
      throws IOException {
    Disposable patience =
        timer.schedule(() -> close(channel), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    try {
      return channel.lock();
    } catch (AsynchronousCloseException e) {
      throw new FileSystemException(
          file.toString(),
          null,
          "was locked by another process for "
              + PATIENCE.toSeconds()
              + " s; look for one that hangs, or for a disk that does");
    } finally {
      patience.dispose();
    }
  }

  /** Locks a file for as long as this process lives; null where another process has done so. */
  static Disk.@Nullable Held tryLock(Path file) throws IOException {
    FileChannel channel = open(file);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel::close;
      }
    } catch (OverlappingFileLockException e) {
      LOG.debug("store.own-lock file={}", file);
    } catch (IOException e) {
      close(channel);
      throw e;
    }
    close(channel);
    return null;
  }

  private static FileChannel open(Path file) throws IOException {
    Set<OpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    return FileChannel.open(file, options, OwnerOnly.file(file));
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("store.close failed", e);
    }
  }
}
