package io.github.certflux.store;

import io.github.certflux.internal.Timing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A store in a directory: the record {@code a/b.json} is the file {@code a/b.json} in it. Any
 * number of processes may use one directory at a time.
 *
 * <ul>
 *   <li>A write goes to a file of its own, which is synced and renamed, and its folder is synced
 *       before it is signalled as done: whatever is killed, or loses power, leaves the old content
 *       or the new. The disk being full leaves the old.
 *   <li>Files are made {@code rw-------} and folders {@code rwx------} from the first moment, or
 *       with an access list that names their owner alone. A {@code .pem} that others may read is
 *       closed to them when it is read, and a warning logged. The directory itself keeps the rights
 *       it has.
 *   <li>Writes and leases take turns by an operating system's lock on {@code .lock}, over all
 *       processes; reads need no lock. File systems without locks between the machines that share
 *       them do not carry a store.
 *   <li>A lease of a process that is gone is free at once, without waiting for its term: each
 *       process keeps a file below {@code .owners} locked. A term is measured by the clocks of the
 *       processes, so those of several machines should agree within a fraction of it; if they do
 *       not, fencing still refuses the writes of a holder that was overtaken.
 *   <li>Below the directory symbolic links are refused. What has a name that no record may have is
 *       left alone. What a killed process left half written is removed by the next that writes.
 * </ul>
 *
 * <p>Nothing is touched before a subscription. Files are touched, and results signalled, on threads
 * of the store; a subscriber's thread never waits. A read or write that is cancelled before it has
 * begun does not happen; one that has begun is finished.
 */
public final class FileStore implements AcmeStore {

  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Scheduler timer;
  private final OwnerMark mark;
  private final FileRecords records;
  private final FileChanges changes;
  private final FileLeasing leasing;
  private final FileAccess files;
  private final BlockingWork work;
  private final AtomicBoolean disposing = new AtomicBoolean();
  private final Sinks.Empty<Void> disposed = Sinks.empty();

  private FileStore(Path directory, @Nullable Scheduler blocking, Scheduler timer, Disk disk) {
    this.timer = timer;
    FileTree tree = new FileTree(disk, directory.toAbsolutePath().normalize());
    mark = new OwnerMark(disk, tree);
    FileLeases leases = new FileLeases(tree, mark, timer);
    changes = new FileChanges(disk, tree, timer);
    records = new FileRecords(disk, tree, leases, changes);
    work = new BlockingWork(blocking);
    files = new FileAccess(disk, tree, mark, work);
    leasing = new FileLeasing(files, leases, timer);
  }

  /**
   * A store in a directory, with threads of its own and the system's clock.
   *
   * @param directory made when something is first written, together with those above it
   * @return the store
   */
  public static FileStore at(Path directory) {
    return builder(directory).build();
  }

  /**
   * Begins to describe a store.
   *
   * @param directory made when something is first written, together with those above it
   * @return what makes the store
   */
  public static Builder builder(Path directory) {
    return new Builder(directory);
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    StoreRules.path(path);
    return files.touch(path, "read " + path, () -> records.read(path));
  }

  @Override
  public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
    StoreRules.path(path);
    byte[] copy = StoreRules.content(path, content);
    return files.touchAlone(
        path,
        "write " + path,
        () -> {
          records.write(path, copy, condition);
          return new StoreRecord(path, copy.clone(), StoreRules.version(copy));
        });
  }

  @Override
  public Mono<Void> delete(String path, Condition condition) {
    StoreRules.path(path);
    return files.touchAlone(
        path,
        "delete " + path,
        () -> {
          records.delete(path, condition);
          return null;
        });
  }

  @Override
  public Flux<String> list(String folder) {
    StoreRules.folder(folder);
    return files
        .touch(
            folder,
            "list " + (folder.isEmpty() ? files.root() : folder),
            () -> records.list(folder))
        .flatMapIterable(paths -> paths);
  }

  /**
   * {@inheritDoc}
   *
   * <p>It looks about once a second at {@code .changes}, the list of what was changed lately.
   */
  @Override
  public Flux<String> changes(String folder) {
    StoreRules.folder(folder);
    return Flux.defer(
        () -> {
          FileChanges.Reader reader = changes.new Reader(folder);
          Timing timing = new Timing(timer, new SplittableRandom(reader.hashCode()));
          return files
              .touch(folder, "look for changes", reader::look)
              .onErrorResume(
                  error -> {
                    reader.lost();
                    return Mono.just(List.of());
                  })
              .repeatWhen(looks -> looks.concatMap(look -> timing.delay(timing.jitter(LOOK))))
              .takeUntil(look -> work.isClosed())
              .flatMapIterable(paths -> paths);
        });
  }

  @Override
  public Mono<Lease> acquire(String path, Duration term) {
    StoreRules.path(path);
    StoreRules.term(term);
    return leasing.acquire(path, term);
  }

  @Override
  public Mono<Lease> tryAcquire(String path, Duration term) {
    StoreRules.path(path);
    StoreRules.term(term);
    return leasing.tryAcquire(path, term);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The threads end too, unless they were given to the builder. Whatever is asked of the store
   * afterwards is a {@link StoreException}.
   */
  @Override
  public Mono<Void> disposeLater() {
    return Mono.defer(
        () -> {
          if (disposing.compareAndSet(false, true)) {
            work.close()
                .then(Mono.defer(this::releaseAll))
                .onErrorMap(error -> files.explain("", "close the store", error))
                .subscribe(ok -> {}, disposed::tryEmitError, disposed::tryEmitEmpty);
            leasing.close();
          }
          return disposed.asMono();
        });
  }

  private Mono<Void> releaseAll() {
    if (!mark.isShown()) {
      work.endThreads();
      return Mono.empty();
    }
    Disk.Work<Void> release =
        () -> {
          leasing.releaseAll();
          mark.end();
          return null;
        };
    return work.last(
        () -> {
          try {
            return files.alone(release);
          } finally {
            mark.close(); // What could not be released is free for other processes all the same.
          }
        });
  }

  /** Describes a file store. */
  public static final class Builder {
    private final Path directory;
    private @Nullable Scheduler blocking;
    private Scheduler timer = Schedulers.parallel();
    private @Nullable Disk disk;

    private Builder(Path directory) {
      this.directory = directory;
    }

    /**
     * Where files are touched and results signalled. It must allow blocking, and is never disposed
     * of by the store.
     *
     * @param scheduler such as a bounded elastic one; unless given, the store has four threads of
     *     its own
     * @return this builder
     */
    public Builder blocking(Scheduler scheduler) {
      this.blocking = scheduler;
      return this;
    }

    /**
     * What the terms of leases are measured by.
     *
     * @param scheduler its clock, which must be the wall clock where processes share the directory;
     *     {@link Schedulers#parallel()} unless given
     * @return this builder
     */
    public Builder timer(Scheduler scheduler) {
      this.timer = scheduler;
      return this;
    }

    Builder disk(Disk calls) {
      this.disk = calls;
      return this;
    }

    /**
     * Makes the store. Nothing is touched.
     *
     * @return the store
     */
    public FileStore build() {
      return new FileStore(directory, blocking, timer, disk == null ? new RealDisk(timer) : disk);
    }
  }
}
