package io.github.certflux.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the file store asks of the operating system, one call each: the seam at which tests let a
 * process die, the disk fill up or the power fail. Every call may block.
 */
interface Disk {

  /** What a name stands for; symbolic links are not followed. */
  enum Kind {
    FILE,
    FOLDER,
    LINK,
    OTHER
  }

  /**
   * What is known of a file.
   *
   * @param openToOthers whether anyone but its owner may read or write it; false where that is not
   *     known
   */
  record Stat(Kind kind, long size, boolean openToOthers) {}

  /** A file that is being written. */
  interface NewFile extends Closeable {
    void write(byte[] content) throws IOException;

    /** Returns once the content is on the disk. */
    void sync() throws IOException;
  }

  /** What touches files; its result may be nothing. */
  @FunctionalInterface
  interface Work<T> {
    @Nullable T run() throws IOException;
  }

  /** Held until it is closed, or this process ends in whatever way. */
  interface Held extends Closeable {}

  /** Makes the store's own folder and those above it, unless they are there; links are followed. */
  void makeRoot(Path root) throws IOException;

  /** Makes a folder for the owner alone. */
  void makeFolder(Path folder) throws IOException;

  /** Makes a file for the owner alone; it must not exist. */
  NewFile create(Path file) throws IOException;

  /** Adds to a file, which must exist; that need not be on the disk. */
  void append(Path file, byte[] content) throws IOException;

  /** Lets a name stand for another file at once, in place of what it stood for. */
  void rename(Path from, Path to) throws IOException;

  void delete(Path file) throws IOException;

  /** Returns once what was made, renamed and deleted in the folder is on the disk. */
  void syncFolder(Path folder) throws IOException;

  /** What is there; null where nothing is. */
  @Nullable Stat stat(Path file) throws IOException;

  byte[] read(Path file) throws IOException;

  /** The names in a folder. */
  List<String> list(Path folder) throws IOException;

  /** Takes everybody's rights but the owner's away. */
  void makePrivate(Path file) throws IOException;

  /**
   * Does work alone, among all threads and processes that work on the store at this root.
   *
   * @throws IOException also when others have kept it waiting for too long
   */
  <T> @Nullable T alone(Path root, Work<T> work) throws IOException;

  /** Locks a file, which is made if need be, against other processes; null where one has it. */
  @Nullable Held tryLock(Path file) throws IOException;

  /** Names this process: {@code pid-start}, the same for as long as it lives. */
  String process();
}
