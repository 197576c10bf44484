package io.github.certflux.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whole files below a root: read without a lock, replaced and removed by whoever has it. What was
 * replaced or removed is so on the disk, the way to it included.
 */
final class FileTree {

  /** Only whoever has the lock writes, so one name a folder is enough for what is half written. */
  static final String HALF_WRITTEN = ".writing";

  private static final Logger LOG = LoggerFactory.getLogger(FileTree.class);

  private final Disk disk;
  private final Path root;

  /** Folders whose name is known to be on the disk. */
  private final Set<Path> durable = ConcurrentHashMap.newKeySet();

  FileTree(Disk disk, Path root) {
    this.disk = disk;
    this.root = root;
  }

  Path root() {
    return root;
  }

  /** What a file holds; null where there is none. */
  byte @Nullable [] read(Path file) throws IOException {
    Disk.Stat found = look(file);
    if (found == null && Files.isRegularFile(root)) {
      // newer JDKs say of what is below a file that it is not there
      throw trouble(root, "is not a directory: move it away, or choose another");
    }
    if (found == null || found.kind() == Disk.Kind.FOLDER) {
      return null;
    }
    if (found.kind() == Disk.Kind.OTHER) {
      throw trouble(file, "is not a regular file");
    }
    byte[] content;
    try {
      content = disk.read(file);
    } catch (NoSuchFileException e) {
      return null;
    }
    if (content.length > StoreRules.MAX_CONTENT) {
      throw trouble(file, "is larger than 1 MiB: no record of this store");
    }
    return content;
  }

  /** Puts content in the place of a file, or makes it: at once, and on the disk. */
  void replace(Path file, byte[] content) throws IOException {
    replace(file, content, true);
  }

  /** As {@link #replace}, but after a loss of power anything may be there. */
  void replaceUnsynced(Path file, byte[] content) throws IOException {
    replace(file, content, false);
  }

  private void replace(Path file, byte[] content, boolean durable) throws IOException {
    Disk.Stat found = look(file);
    if (found != null && found.kind() != Disk.Kind.FILE) {
      throw trouble(file, "is not a regular file: a record cannot take its place");
    }
    Path folder = parent(file);
    makeFolder(folder);
    Path half = folder.resolve(HALF_WRITTEN);
    boolean renamed = false;
    Disk.NewFile out = create(half);
    try {
      try (out) {
        out.write(content);
        if (durable) {
          out.sync();
        }
      }
      disk.rename(half, file);
      renamed = true;
    } finally {
      if (!renamed) {
        removeLeftover(half);
      }
    }
    if (durable) {
      disk.syncFolder(folder);
    }
  }

  /** Removes a file, if it is there; it is gone from the disk too. */
  void remove(Path file) throws IOException {
    Disk.Stat found = look(file);
    if (found == null || found.kind() == Disk.Kind.FOLDER) {
      return;
    }
    disk.delete(file);
    disk.syncFolder(parent(file));
  }

  /** Tells of every regular file below a folder whose name a record may have. */
  void walk(Path folder, String prefix, Consumer<String> found) throws IOException {
    for (String name : names(folder)) {
      if (!StoreRules.isName(name)) {
        continue;
      }
      Path file = folder.resolve(name);
      Disk.Stat stat = disk.stat(file);
      if (stat == null) {
        continue;
      }
      if (stat.kind() == Disk.Kind.FILE) {
        found.accept(prefix + name);
      } else if (stat.kind() == Disk.Kind.FOLDER) {
        walk(file, prefix + name + "/", found);
      }
    }
  }

  /** Removes what processes that were killed left half written. For whoever has the lock. */
  void sweep(Path folder) throws IOException {
    for (String name : names(folder)) {
      Path file = folder.resolve(name);
      if (name.equals(HALF_WRITTEN)) {
        removeLeftover(file);
      } else {
        Disk.Stat stat = disk.stat(file);
        if (stat != null && stat.kind() == Disk.Kind.FOLDER) {
          sweep(file);
        }
      }
    }
  }

  /**
   * What a name below the root stands for; null where there is nothing. Symbolic links are refused:
   * a rename would replace the link rather than what it points to, and a folder behind one may be
   * another store's.
   */
  Disk.@Nullable Stat look(Path file) throws IOException {
    Path at = root;
    Disk.Stat stat = null;
    for (Path name : root.relativize(file)) {
      if (stat != null && stat.kind() != Disk.Kind.FOLDER) {
        return null;
      }
      at = at.resolve(name);
      stat = disk.stat(at);
      if (stat == null) {
        return null;
      }
      if (stat.kind() == Disk.Kind.LINK) {
        throw trouble(
            at, "is a symbolic link, which the store does not follow: put there what it points to");
      }
    }
    return stat;
  }

  /** The names in a folder; none where it is not there, or no folder. */
  Iterable<String> names(Path folder) throws IOException {
    if (!folder.equals(root)) {
      Disk.Stat stat = look(folder);
      if (stat == null || stat.kind() != Disk.Kind.FOLDER) {
        return Set.of();
      }
    }
    try {
      return disk.list(folder);
    } catch (NoSuchFileException e) {
      return Set.of();
    } catch (NotDirectoryException e) {
      throw trouble(folder, "is not a directory: move it away, or choose another");
    }
  }

  /**
   * Makes a folder and those above it. One that is there already may have been made by a process
   * that died before it was on the disk, so each is synced once.
   */
  void makeFolder(Path folder) throws IOException {
    if (folder.equals(root)) {
      return;
    }
    Disk.Stat stat = disk.stat(folder);
    if (stat != null && stat.kind() == Disk.Kind.FOLDER && durable.contains(folder)) {
      return;
    }
    Path parent = parent(folder);
    makeFolder(parent);
    if (stat == null) {
      disk.makeFolder(folder);
    } else if (stat.kind() != Disk.Kind.FOLDER) {
      throw trouble(folder, "is not a folder: nothing can be written below it");
    }
    disk.syncFolder(parent);
    durable.add(folder);
  }

  private Disk.NewFile create(Path file) throws IOException {
    try {
      return disk.create(file);
    } catch (FileAlreadyExistsException e) {
      disk.delete(file);
      return disk.create(file);
    }
  }

  private void removeLeftover(Path file) {
    try {
      disk.delete(file);
    } catch (NoSuchFileException e) {
      LOG.trace("store.no-leftover file={}", file);
    } catch (IOException e) {
      LOG.warn("store.leftover file={} reason={} advice=delete-it", file, e.toString());
    }
  }

  private Path parent(Path file) {
    Path parent = file.getParent();
    return parent == null ? root : parent;
  }

  static FileSystemException trouble(Path file, String reason) {
    return new FileSystemException(file.toString(), null, reason);
  }
}
