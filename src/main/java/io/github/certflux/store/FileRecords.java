package io.github.certflux.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records in files: the path {@code a/b.json} is the file {@code ROOT/a/b.json}. */
final class FileRecords {

  private static final Logger LOG = LoggerFactory.getLogger(FileRecords.class);

  private final Disk disk;
  private final FileTree tree;
  private final FileLeases leases;
  private final FileChanges changes;

  FileRecords(Disk disk, FileTree tree, FileLeases leases, FileChanges changes) {
    this.disk = disk;
    this.tree = tree;
    this.leases = leases;
    this.changes = changes;
  }

  @Nullable StoreRecord read(String path) throws IOException {
    Path file = file(path);
    byte[] content = tree.read(file);
    if (content == null) {
      return null;
    }
    if (path.endsWith(".pem")) {
      keepSecret(path, file);
    }
    return new StoreRecord(path, content, StoreRules.version(content));
  }

  /** For whoever has the store's lock. */
  void write(String path, byte[] content, Condition condition) throws IOException {
    leases.check(path, condition);
    if (condition.kind() != Condition.Kind.NONE) {
      Conflicts.check(path, condition, version(path));
    }
    tree.replace(file(path), content);
    changes.tell(path);
  }

  /** For whoever has the store's lock. */
  void delete(String path, Condition condition) throws IOException {
    leases.check(path, condition);
    if (condition.kind() != Condition.Kind.NONE) {
      Conflicts.checkDelete(path, condition, version(path));
    }
    tree.remove(file(path));
    changes.tell(path);
  }

  List<String> list(String folder) throws IOException {
    List<String> paths = new ArrayList<>();
    if (folder.isEmpty()) {
      tree.walk(tree.root(), "", paths::add);
    } else {
      tree.walk(file(folder), folder + "/", paths::add);
    }
    return paths;
  }

  private @Nullable String version(String path) throws IOException {
    byte[] content = tree.read(file(path));
    return content == null ? null : StoreRules.version(content);
  }

  /**
   * A key that others may read, after a restored backup perhaps, is closed to them. To refuse it
   * would take a server down for what it cannot undo; who must act is told.
   */
  private void keepSecret(String path, Path file) throws IOException {
    Disk.Stat stat = disk.stat(file);
    if (stat == null || !stat.openToOthers()) {
      return;
    }
    String closed = "yes";
    try {
      disk.makePrivate(file);
    } catch (IOException e) {
      closed = e.toString();
    }
    LOG.warn(
        "store.secret-was-open record={} file={} closed={} advice=replace-the-key-if-others-read-it",
        path,
        file,
        closed);
  }

  private Path file(String path) {
    return tree.root().resolve(path);
  }
}
