package io.github.certflux.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that promises no more than POSIX does: what was not synced may be lost when the
 * power fails, any part of it and in any order.
 */
final class VolatileDisk implements Disk {

  private final Path root;
  private final Folder top;
  private final Set<Path> locked = new HashSet<>();
  private final String process;

  /** A disk that only pretends to sync, to see whether a test would notice. */
  boolean lies;

  VolatileDisk(Path root, String process) {
    this(root, process, new Folder());
  }

  private VolatileDisk(Path root, String process, Folder top) {
    this.root = root;
    this.process = process;
    this.top = top;
  }

  /** What is found when the power is back. */
  VolatileDisk powerLost(Random random, String nextProcess) {
    VolatileDisk after = new VolatileDisk(root, nextProcess, top.powerLost(random));
    after.lies = lies;
    return after;
  }

  /** What the next process finds when only the process has died. */
  VolatileDisk processDied(String nextProcess) {
    VolatileDisk after = new VolatileDisk(root, nextProcess, top);
    after.lies = lies;
    return after;
  }

  private sealed interface Node permits Folder, Content {
    Node powerLost(Random random);
  }

  private static final class Content implements Node {
    byte[] now = {};
    byte[] synced = {};

    @Override
    public Content powerLost(Random random) {
      Content after = new Content();
      boolean isSynced = Arrays.equals(now, synced);
      after.now = isSynced ? now : Arrays.copyOf(now, random.nextInt(now.length + 1));
      after.synced = after.now;
      return after;
    }
  }

  private static final class Folder implements Node {
    final Map<String, Node> now = new TreeMap<>();
    final Map<String, Node> synced = new TreeMap<>();

    @Override
    public Folder powerLost(Random random) {
      Folder after = new Folder();
      Set<String> names = new HashSet<>(now.keySet());
      names.addAll(synced.keySet());
      for (String name : names.stream().sorted().toList()) {
        Node node = random.nextBoolean() ? now.get(name) : synced.get(name);
        if (node != null) {
          after.now.put(name, node.powerLost(random));
        }
      }
      after.synced.putAll(after.now);
      return after;
    }
  }

  private @Nullable Node node(Path path) {
    Node node = top;
    if (path.equals(root)) {
      return node;
    }
    for (Path name : root.relativize(path)) {
      node = node instanceof Folder folder ? folder.now.get(name.toString()) : null;
    }
    return node;
  }

  private Folder folder(Path path) throws IOException {
    Node node = node(path);
    if (node == null) {
      throw new NoSuchFileException(path.toString());
    }
    if (node instanceof Folder folder) {
      return folder;
    }
    throw new NotDirectoryException(path.toString());
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  private void add(Path path, Node node) throws IOException {
    if (folder(path.getParent()).now.putIfAbsent(name(path), node) != null) {
      throw new FileAlreadyExistsException(path.toString());
    }
  }

  @Override
  public void makeRoot(Path path) {}

  @Override
  public void makeFolder(Path folder) throws IOException {
    add(folder, new Folder());
  }

  @Override
  public NewFile create(Path file) throws IOException {
    Content content = new Content();
    add(file, content);
    return new NewFile() {
      @Override
      public void write(byte[] bytes) {
        int before = content.now.length;
        byte[] longer = Arrays.copyOf(content.now, before + bytes.length);
        System.arraycopy(bytes, 0, longer, before, bytes.length);
        content.now = longer;
      }

      @Override
      public void sync() {
        if (!lies) {
          content.synced = content.now;
        }
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void append(Path file, byte[] bytes) throws IOException {
    if (!(node(file) instanceof Content content)) {
      throw new NoSuchFileException(file.toString());
    }
    byte[] longer = Arrays.copyOf(content.now, content.now.length + bytes.length);
    System.arraycopy(bytes, 0, longer, content.now.length, bytes.length);
    content.now = longer;
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Folder folder = folder(from.getParent());
    Node moved = folder.now.remove(name(from));
    if (moved == null) {
      throw new NoSuchFileException(from.toString());
    }
    folder.now.put(name(to), moved);
  }

  @Override
  public void delete(Path file) throws IOException {
    if (folder(file.getParent()).now.remove(name(file)) == null) {
      throw new NoSuchFileException(file.toString());
    }
  }

  @Override
  public void syncFolder(Path path) throws IOException {
    Folder folder = folder(path);
    if (!lies) {
      folder.synced.clear();
      folder.synced.putAll(folder.now);
    }
  }

  @Override
  public @Nullable Stat stat(Path file) {
    Node node = node(file);
    if (node == null) {
      return null;
    }
    return node instanceof Content content
        ? new Stat(Kind.FILE, content.now.length, false)
        : new Stat(Kind.FOLDER, 0, false);
  }

  @Override
  public byte[] read(Path file) throws IOException {
    if (node(file) instanceof Content content) {
      return content.now.clone();
    }
    throw new NoSuchFileException(file.toString());
  }

  @Override
  public List<String> list(Path path) throws IOException {
    return new ArrayList<>(folder(path).now.keySet());
  }

  @Override
  public void makePrivate(Path file) {}

  @Override
  public <T> @Nullable T alone(Path path, Work<T> work) throws IOException {
    return work.run();
  }

  @Override
  public @Nullable Held tryLock(Path file) throws IOException {
    if (!locked.add(file)) {
      return null;
    }
    folder(file.getParent()).now.putIfAbsent(name(file), new Content());
    return () -> locked.remove(file);
  }

  @Override
  public String process() {
    return process;
  }
}
