package io.github.certflux.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** How a store gets at its files: on its own threads, alone where it must be, errors explained. */
final class FileAccess {

  private static final Logger LOG = LoggerFactory.getLogger(FileAccess.class);

  private final Disk disk;
  private final FileTree tree;
  private final OwnerMark mark;
  private final BlockingWork work;
  private final AtomicBoolean swept = new AtomicBoolean();

  FileAccess(Disk disk, FileTree tree, OwnerMark mark, BlockingWork work) {
    this.disk = disk;
    this.tree = tree;
    this.mark = mark;
    this.work = work;
  }

  Path root() {
    return tree.root();
  }

  /** Reads files for each subscription. */
  <T> Mono<T> touch(String path, String doing, Disk.Work<T> touching) {
    return work.mono(false, touching).onErrorMap(error -> explain(path, doing, error));
  }

  /** Changes files for each subscription, with the store's lock. */
  <T> Mono<T> touchAlone(String path, String doing, Disk.Work<T> touching) {
    return work.<T>mono(true, () -> alone(touching))
        .onErrorMap(error -> explain(path, doing, error));
  }

  /** Reads files now, and hands over what came of it. */
  <T> void touch(
      String path,
      String doing,
      Disk.Work<T> touching,
      BiConsumer<@Nullable T, @Nullable Throwable> done) {
    work.submit(false, touching, explaining(path, doing, done));
  }

  /** Changes files now, with the store's lock, and hands over what came of it. */
  <T> void touchAlone(
      String path,
      String doing,
      Disk.Work<T> touching,
      BiConsumer<@Nullable T, @Nullable Throwable> done) {
    work.<T>submit(true, () -> alone(touching), explaining(path, doing, done));
  }

  private <T> BiConsumer<@Nullable T, @Nullable Throwable> explaining(
      String path, String doing, BiConsumer<@Nullable T, @Nullable Throwable> done) {
    return (value, error) -> done.accept(value, error == null ? null : explain(path, doing, error));
  }

  /** On a thread that may wait. */
  <T> @Nullable T alone(Disk.Work<T> touching) throws IOException {
    disk.makeRoot(root());
    return disk.alone(
        root(),
        () -> {
          if (swept.compareAndSet(false, true)) {
            sweep();
          }
          return touching.run();
        });
  }

  /** Tidies up after processes that were killed; that this fails need not stop anybody. */
  private void sweep() {
    try {
      tree.sweep(root());
      mark.sweep();
    } catch (IOException e) {
      LOG.warn("store.sweep directory={} reason={}", root(), e.toString());
    }
  }

  /** An error as the store signals it. */
  Throwable explain(String path, String doing, Throwable error) {
    return FileTrouble.explain(root(), path, doing, error);
  }
}
