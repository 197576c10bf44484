package io.github.certflux.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A disk that something happens to at one of the calls that change it. */
final class TroubledDisk implements Disk {

  /** What happens at a call. */
  interface Trouble {
    void before(int step, String call) throws IOException;
  }

  /** The process was killed: nothing it does has an effect any more, and its locks are gone. */
  static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Killed(String call) {
      super("killed before " + call);
    }
  }

  private final Disk disk;
  private final Trouble trouble;
  private final String process;
  private final Set<Held> locks = ConcurrentHashMap.newKeySet();
  private int steps;
  private @Nullable Killed dead;

  TroubledDisk(Disk disk, String process, Trouble trouble) {
    this.disk = disk;
    this.process = process;
    this.trouble = trouble;
  }

  /** A process that dies before a call, counted from 1. */
  static TroubledDisk killedBefore(int fatal, Disk disk, String process) {
    return new TroubledDisk(
        disk,
        process,
        (step, call) -> {
          if (step == fatal) {
            throw new Killed(call);
          }
        });
  }

  /** A disk that is full at a call, counted from 1. */
  static TroubledDisk fullAt(int full, Disk disk) {
    return new TroubledDisk(
        disk,
        disk.process(),
        (step, call) -> {
          boolean needsSpace =
              Set.of("makeFolder", "create", "write", "sync", "append").contains(call);
          if (step == full && needsSpace) {
            throw new IOException("No space left on device");
          }
        });
  }

  /** How many calls that change something there were. */
  int steps() {
    return steps;
  }

  private void step(String call) throws IOException {
    alive();
    steps++;
    try {
      trouble.before(steps, call);
    } catch (Killed e) {
      kill(e);
      throw e;
    }
  }

  /** Ends the process. */
  void kill(Killed how) throws IOException {
    dead = how;
    for (Held lock : locks) {
      lock.close();
    }
  }

  private void alive() {
    if (dead != null) {
      throw dead;
    }
  }

  @Override
  public void makeRoot(Path root) throws IOException {
    alive();
    disk.makeRoot(root);
  }

  @Override
  public void makeFolder(Path folder) throws IOException {
    step("makeFolder");
    disk.makeFolder(folder);
  }

  @Override
  public NewFile create(Path file) throws IOException {
    step("create");
    NewFile made = disk.create(file);
    return new NewFile() {
      @Override
      public void write(byte[] content) throws IOException {
        step("write");
        int half = content.length / 2;
        made.write(Arrays.copyOf(content, half));
        step("write");
        made.write(Arrays.copyOfRange(content, half, content.length));
      }

      @Override
      public void sync() throws IOException {
        step("sync");
        made.sync();
      }

      @Override
      public void close() throws IOException {
        made.close();
      }
    };
  }

  @Override
  public void append(Path file, byte[] content) throws IOException {
    int half = content.length / 2;
    step("append");
    disk.append(file, Arrays.copyOf(content, half));
    step("append");
    disk.append(file, Arrays.copyOfRange(content, half, content.length));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    step("rename");
    disk.rename(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    step("delete");
    disk.delete(file);
  }

  @Override
  public void syncFolder(Path folder) throws IOException {
    step("syncFolder");
    disk.syncFolder(folder);
  }

  @Override
  public @Nullable Stat stat(Path file) throws IOException {
    alive();
    return disk.stat(file);
  }

  @Override
  public byte[] read(Path file) throws IOException {
    alive();
    return disk.read(file);
  }

  @Override
  public List<String> list(Path folder) throws IOException {
    alive();
    return disk.list(folder);
  }

  @Override
  public void makePrivate(Path file) throws IOException {
    alive();
    disk.makePrivate(file);
  }

  @Override
  public <T> @Nullable T alone(Path root, Work<T> work) throws IOException {
    step("lock");
    T result = disk.alone(root, work);
    step("unlock");
    return result;
  }

  @Override
  public @Nullable Held tryLock(Path file) throws IOException {
    step("tryLock");
    Held held = disk.tryLock(file);
    if (held == null) {
      return null;
    }
    locks.add(held);
    return () -> {
      locks.remove(held);
      held.close();
    };
  }

  @Override
  public String process() {
    return process;
  }
}
