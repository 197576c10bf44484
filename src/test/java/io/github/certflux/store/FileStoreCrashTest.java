package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static io.github.certflux.store.StoreUnderTest.TERM;
import static io.github.certflux.store.StoreUnderTest.await;
import static io.github.certflux.store.StoreUnderTest.text;
import static io.github.certflux.store.StoreUnderTest.utf8;
import static io.github.certflux.store.StoreUnderTest.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.store.TroubledDisk.Killed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The process is killed, or the disk full, at each call in turn. */
class FileStoreCrashTest {

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final RealDisk real = new RealDisk(time);

  @TempDir private Path directories;

  @Test
  void aFirstWriteIsThereOrNot() throws IOException {
    killAtEachStep(
        store -> write(store, "new/folder/record.json", "new"),
        after -> assertThat(text(after, "new/folder/record.json")).isIn(null, "new"));
  }

  @Test
  void aReplacedRecordIsTheOldOrTheNew() throws IOException {
    killAtEachStep(
        store -> write(store, "a/key.pem", "new"),
        after -> assertThat(text(after, "a/key.pem")).isIn("old", "new"));
  }

  @Test
  void aDeletedRecordIsThereOrNot() throws IOException {
    killAtEachStep(
        store -> store.delete("a/key.pem", Condition.none()).block(PATIENCE),
        after -> assertThat(text(after, "a/key.pem")).isIn("old", null));
  }

  @Test
  void aLeaseOfAKilledProcessIsFreeAtOnceAndItsTokenIsNotGivenOutAgain() throws IOException {
    List<Long> tokens = new ArrayList<>();
    killAtEachStep(
        store -> {
          Lease first = await(store.tryAcquire("a/lease", TERM));
          tokens.add(first.token());
          first.renew().block(PATIENCE);
          first.release().block(PATIENCE);
          tokens.add(await(store.tryAcquire("a/lease", TERM)).token());
        },
        after -> {
          Lease next = await(after.tryAcquire("a/lease", TERM));
          assertThat(tokens).allMatch(token -> token < next.token());
          tokens.clear();
        });
  }

  @Test
  void aLeaseIsHeldUntilItsHolderIsKilled() throws IOException {
    Path directory = directories.resolve("store");
    TroubledDisk disk = TroubledDisk.killedBefore(Integer.MAX_VALUE, real, "4711-0");
    Lease lost = await(store(directory, disk).acquire("a", TERM));
    AcmeStore other = store(directory, real);
    assertThat(other.tryAcquire("a", TERM).blockOptional(PATIENCE)).isEmpty();

    disk.kill(new Killed("the end"));

    assertThat(await(other.tryAcquire("a", TERM)).token()).isGreaterThan(lost.token());
  }

  /** Runs an operation, killed before each of its calls in turn, and looks at what it left. */
  private void killAtEachStep(Consumer<AcmeStore> operation, Consumer<AcmeStore> check)
      throws IOException {
    for (int step = 1; ; step++) {
      Path directory = directories.resolve("killed-" + step);
      prepare(directory);
      TroubledDisk disk = TroubledDisk.killedBefore(step, real, "4711-" + step);
      boolean died = false;
      try {
        operation.accept(store(directory, disk));
        disk.kill(new Killed("the end"));
      } catch (Killed e) {
        died = true;
      }

      AcmeStore after = store(directory, real);
      check.accept(after);
      assertThat(text(after, "a/other.json")).isEqualTo("untouched");
      assertUsableAndTidy(after, directory);
      if (!died) {
        assertThat(disk.steps()).isGreaterThan(3);
        return;
      }
    }
  }

  private void prepare(Path directory) {
    AcmeStore before = store(directory, real);
    write(before, "a/key.pem", "old");
    write(before, "a/other.json", "untouched");
    await(before.tryAcquire("a/lease", TERM)).release().block(PATIENCE);
    before.disposeLater().block(PATIENCE);
  }

  private static void assertUsableAndTidy(AcmeStore after, Path directory) throws IOException {
    write(after, "a/key.pem", "newest");
    write(after, "new/folder/record.json", "newest");
    assertThat(text(after, "a/key.pem")).isEqualTo("newest");
    assertThat(after.list("").collectList().block(PATIENCE))
        .containsExactlyInAnyOrder("a/key.pem", "a/other.json", "new/folder/record.json");
    after.disposeLater().block(PATIENCE);
    try (Stream<Path> all = Files.walk(directory)) {
      assertThat(all.map(path -> path.getFileName().toString()))
          .doesNotContain(FileTree.HALF_WRITTEN)
          .noneMatch(name -> name.startsWith("4711-"));
    }
  }

  @Test
  void aFullDiskLeavesTheOldContentAndSaysSo() {
    Path directory = directories.resolve("full");
    prepare(directory);
    for (int step = 1; ; step++) {
      TroubledDisk disk = TroubledDisk.fullAt(step, real);
      AcmeStore store = store(directory, disk);
      StoreRecord old = write(store(directory, real), "a/key.pem", "old " + step);
      Throwable error =
          store
              .write("a/key.pem", utf8("new"), Condition.unchanged(old))
              .<Throwable>map(done -> new AssertionError("written"))
              .onErrorResume(Mono::just)
              .block(PATIENCE);
      if (error instanceof AssertionError) {
        if (disk.steps() < step) {
          return;
        }
        continue;
      }

      assertThat(error)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("cannot write a/key.pem")
          .hasMessageContaining(directory.toString())
          .hasMessageContaining("disk is full")
          .hasMessageContaining("free some space");
      assertThat(text(store, "a/key.pem")).isEqualTo("old " + step);
      assertThat(write(store, "a/key.pem", "there is space again").text()).startsWith("there");
    }
  }

  @Test
  void aFullDiskGivesOutNoLease() {
    Path directory = directories.resolve("full");
    prepare(directory);
    AcmeStore store =
        store(
            directory,
            new TroubledDisk(
                real,
                real.process(),
                (step, call) -> {
                  if (call.equals("write")) {
                    throw new IOException("Disk quota exceeded");
                  }
                }));

    assertThatThrownBy(() -> store.tryAcquire("a/lease", TERM).block(PATIENCE))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("cannot acquire the lease a/lease")
        .hasMessageContaining("the disk is full (Disk quota exceeded");
    assertThatThrownBy(() -> store.acquire("a/lease", TERM).block(PATIENCE))
        .isInstanceOf(StoreException.class);
    await(store(directory, real).tryAcquire("a/lease", TERM));
  }

  @Test
  void whatCannotBeReleasedWhenTheStoreIsClosedIsFreeAllTheSame() {
    Path directory = directories.resolve("full");
    AtomicBoolean full = new AtomicBoolean();
    FileStore store =
        store(
            directory,
            new TroubledDisk(
                real,
                "4711-0",
                (step, call) -> {
                  if (full.get() && call.equals("create")) {
                    throw new IOException("No space left on device");
                  }
                }));
    await(store.acquire("a", TERM));
    full.set(true);

    assertThatThrownBy(() -> store.disposeLater().block(PATIENCE))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("disk is full");

    assertThat(await(store(directory, real).tryAcquire("a", TERM)).token()).isEqualTo(2);
  }

  private FileStore store(Path directory, Disk disk) {
    return FileStore.builder(directory)
        .blocking(Schedulers.immediate())
        .timer(time)
        .disk(disk)
        .build();
  }
}
