package io.github.certflux.store;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Shows other processes that this one lives: a file that it keeps locked for as long as it does.
 * The operating system drops the lock in the very moment in which a process ends, however it ends,
 * and also where a pid says nothing: in another container, or after it was given out again.
 */
final class OwnerMark {

  private static final String FOLDER = ".owners";

  private final Disk disk;
  private final FileTree tree;
  private final Path folder;

  private @Nullable String name;
  private Disk.@Nullable Held held;

  OwnerMark(Disk disk, FileTree tree) {
    this.disk = disk;
    this.tree = tree;
    this.folder = tree.root().resolve(FOLDER);
  }

  /** The name of this owner; from now on it lives. For whoever has the store's lock. */
  String name() throws IOException {
    String known = name;
    if (known != null) {
      return known;
    }
    tree.makeFolder(folder);
    for (int i = 0; ; i++) {
      String candidate = ownPrefix() + i;
      Path file = folder.resolve(candidate);
      // Another store of this process may have it. A second descriptor would cost it its lock.
      if (disk.stat(file) == null) {
        Disk.Held locked = disk.tryLock(file);
        if (locked == null) {
          throw FileTree.trouble(file, "cannot be locked: this file system keeps no locks");
        }
        held = locked;
        name = candidate;
        return candidate;
      }
    }
  }

  /** Whether an owner lives. */
  boolean lives(String owner) throws IOException {
    if (isOwn(owner)) {
      return true;
    }
    Path file = folder.resolve(owner);
    if (tree.look(file) == null) {
      return false;
    }
    Disk.Held locked = disk.tryLock(file);
    if (locked == null) {
      return true;
    }
    locked.close();
    return false;
  }

  /** Removes the marks of owners that live no more. For whoever has the store's lock. */
  void sweep() throws IOException {
    for (String owner : tree.names(folder)) {
      if (!isOwn(owner)) {
        Disk.Held locked = disk.tryLock(folder.resolve(owner));
        if (locked != null) {
          locked.close();
          delete(owner);
        }
      }
    }
  }

  /** Removes the mark. For whoever has the store's lock. */
  void end() throws IOException {
    String known = name;
    close();
    if (known != null) {
      delete(known);
    }
  }

  /** Lives no more, as others see it; the next of them removes what is left of the mark. */
  void close() throws IOException {
    Disk.Held locked = held;
    held = null;
    name = null;
    if (locked != null) {
      locked.close();
    }
  }

  boolean isShown() {
    return name != null;
  }

  private void delete(String owner) throws IOException {
    try {
      disk.delete(folder.resolve(owner));
    } catch (NoSuchFileException e) {
      // Somebody tidied up already.
      return;
    }
  }

  /** A file of this process must not be opened to find out whether it is locked: see above. */
  private boolean isOwn(String owner) {
    return owner.startsWith(ownPrefix());
  }

  private String ownPrefix() {
    return disk.process() + "-";
  }
}
