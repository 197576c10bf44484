package io.github.certflux.store;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/** The operating system's files. */
class RealDisk implements Disk {

  private static final Logger LOG = LoggerFactory.getLogger(RealDisk.class);

  private final Scheduler timer;

  RealDisk(Scheduler timer) {
    this.timer = timer;
  }

  @Override
  public void makeRoot(Path root) throws IOException {
    if (Files.isDirectory(root)) {
      return;
    }
    Path parent = root.getParent();
    if (parent != null) {
      makeRoot(parent);
    }
    if (Files.exists(root, NOFOLLOW_LINKS)) {
      throw new FileSystemException(
          root.toString(), null, "is not a directory: move it away, or choose another");
    }
    try {
      makeFolder(root);
    } catch (NoSuchFileException e) {
      throw new FileSystemException(root.toString(), null, "no directory can be made there");
    }
    if (parent != null) {
      try {
        syncFolder(parent);
      } catch (IOException e) {
        LOG.debug("store.unsynced folder={} reason={}", parent, e.toString());
      }
    }
  }

  @Override
  public void makeFolder(Path folder) throws IOException {
    Files.createDirectory(folder, OwnerOnly.folder(folder));
  }

  @Override
  public NewFile create(Path file) throws IOException {
    Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    FileChannel channel = FileChannel.open(file, options, OwnerOnly.file(file));
    return new NewFile() {
      @Override
      public void write(byte[] content) throws IOException {
        for (ByteBuffer rest = ByteBuffer.wrap(content); rest.hasRemaining(); ) {
          channel.write(rest);
        }
      }

      @Override
      public void sync() throws IOException {
        channel.force(true);
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  @Override
  public void append(Path file, byte[] content) throws IOException {
    Set<OpenOption> options = Set.of(StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
    try (FileChannel channel = FileChannel.open(file, options)) {
      for (ByteBuffer rest = ByteBuffer.wrap(content); rest.hasRemaining(); ) {
        channel.write(rest);
      }
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.delete(file);
  }

  @Override
  public void syncFolder(Path folder) throws IOException {
    if (!OwnerOnly.isPosix(folder)) {
      return; // Windows can't open a folder, and journals names by itself.
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public @Nullable Stat stat(Path file) throws IOException {
    try {
      if (OwnerOnly.isPosix(file)) {
        PosixFileAttributes found =
            Files.readAttributes(file, PosixFileAttributes.class, NOFOLLOW_LINKS);
        return new Stat(kind(found), found.size(), isOpenToOthers(found.permissions()));
      }
      BasicFileAttributes found =
          Files.readAttributes(file, BasicFileAttributes.class, NOFOLLOW_LINKS);
      return new Stat(kind(found), found.size(), false);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static Kind kind(BasicFileAttributes found) {
    if (found.isSymbolicLink()) {
      return Kind.LINK;
    }
    if (found.isDirectory()) {
      return Kind.FOLDER;
    }
    return found.isRegularFile() ? Kind.FILE : Kind.OTHER;
  }

  private static boolean isOpenToOthers(Set<PosixFilePermission> permissions) {
    return PosixFilePermissions.toString(permissions).substring(3).chars().anyMatch(c -> c != '-');
  }

  @Override
  public byte[] read(Path file) throws IOException {
    Set<OpenOption> options = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    try (FileChannel channel = FileChannel.open(file, options)) {
      long size = Math.min(channel.size(), StoreRules.MAX_CONTENT + 1L);
      ByteBuffer content = ByteBuffer.allocate((int) size);
      while (content.hasRemaining() && channel.read(content) >= 0) {
        // Until the end of what never changes once it has its name.
      }
      content.flip();
      byte[] read = new byte[content.remaining()];
      content.get(read);
      return read;
    }
  }

  @Override
  public List<String> list(Path folder) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder)) {
      found.forEach(path -> names.add(String.valueOf(path.getFileName())));
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  @Override
  public void makePrivate(Path file) throws IOException {
    if (OwnerOnly.isPosix(file)) {
      Files.setPosixFilePermissions(file, OwnerOnly.FILE);
    }
  }

  @Override
  public <T> @Nullable T alone(Path root, Work<T> work) throws IOException {
    return FileLocks.alone(root.resolve(".lock"), timer, work);
  }

  @Override
  public @Nullable Held tryLock(Path file) throws IOException {
    return FileLocks.tryLock(file);
  }

  @Override
  public String process() {
    ProcessHandle self = ProcessHandle.current();
    return self.pid() + "-" + self.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }
}
