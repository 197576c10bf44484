package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static io.github.certflux.store.StoreUnderTest.TERM;
import static io.github.certflux.store.StoreUnderTest.await;
import static io.github.certflux.store.StoreUnderTest.text;
import static io.github.certflux.store.StoreUnderTest.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.NonBlocking;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** What the file store does with files, and what it says of those it cannot use. */
class FileStoreFilesTest {

  @TempDir private Path temporary;

  private Path directory;
  private FileStore store;

  @BeforeEach
  void open() {
    directory = temporary.resolve("not/yet/there");
    store = FileStore.at(directory);
  }

  @AfterEach
  void close() {
    store.disposeLater().block(PATIENCE);
  }

  @Test
  void aRecordIsTheFileOfItsName() throws IOException {
    write(store, "ca/accounts/default.json", "{}");
    Files.writeString(directory.resolve("ca/by-hand.json"), "[]");

    assertThat(directory.resolve("ca/accounts/default.json")).hasContent("{}");
    assertThat(text(store, "ca/by-hand.json")).isEqualTo("[]");
    assertThat(store.list("ca").toIterable())
        .containsExactlyInAnyOrder("ca/accounts/default.json", "ca/by-hand.json");
  }

  @Test
  void nothingIsMadeBeforeTheFirstWrite() {
    assertThat(text(store, "a/b")).isNull();
    assertThat(store.list("").toIterable()).isEmpty();
    assertThat(store.list("a").toIterable()).isEmpty();
    store.acquire("a", TERM);

    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void everythingIsForItsOwnerAlone() throws IOException {
    write(store, "ca/keys/a.pem", "secret");
    await(store.acquire("ca/lease", TERM));

    try (Stream<Path> all = Files.walk(temporary.resolve("not"))) {
      assertThat(all)
          .allSatisfy(
              path ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                      .as(path.toString())
                      .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
    }
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aSecretThatOthersMayReadIsClosedToThem() throws IOException {
    write(store, "a.pem", "secret");
    write(store, "a.json", "public");
    for (String name : new String[] {"a.pem", "a.json"}) {
      Files.setPosixFilePermissions(
          directory.resolve(name), PosixFilePermissions.fromString("rw-r--r--"));
    }

    assertThat(text(store, "a.pem")).isEqualTo("secret");
    assertThat(text(store, "a.json")).isEqualTo("public");

    assertThat(permissions("a.pem")).isEqualTo("rw-------");
    assertThat(permissions("a.json")).isEqualTo("rw-r--r--");
  }

  private String permissions(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name)));
  }

  @Test
  void whatIsNoRecordIsLeftAlone() throws IOException {
    write(store, "a/b", "1");
    Files.writeString(directory.resolve("a/.hidden"), "x");
    Files.writeString(directory.resolve("a/with space"), "x");
    Files.createDirectory(directory.resolve("a/.git"));
    Files.writeString(directory.resolve("a/.git/config"), "x");

    assertThat(store.list("").toIterable()).containsExactly("a/b");
    store.delete("a/b", Condition.none()).block(PATIENCE);
    assertThat(directory.resolve("a/.hidden")).exists();
    assertThat(directory.resolve("a/with space")).exists();
    assertThat(directory.resolve("a/.git/config")).exists();
  }

  @Test
  void leftoversOfAKilledProcessGoWithTheFirstWrite() throws IOException {
    write(store, "a/b/c.pem", "1");
    Path leftover = directory.resolve("a/b").resolve(FileTree.HALF_WRITTEN);
    Files.writeString(leftover, "half a secr");
    FileStore next = FileStore.at(directory);
    assertThat(text(next, "a/b/c.pem")).isEqualTo("1");
    assertThat(next.list("").toIterable()).containsExactly("a/b/c.pem");

    write(next, "elsewhere", "2");

    assertThat(leftover).doesNotExist();
    Files.writeString(leftover, "half a secr");
    write(next, "a/b/c.pem", "3");
    assertThat(leftover).doesNotExist();
    next.disposeLater().block(PATIENCE);
  }

  @Test
  void theDirectoryMayVanishMeanwhile() throws IOException {
    write(store, "a/b/c", "1");
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted((one, other) -> other.compareTo(one)).toList()) {
        Files.delete(path);
      }
    }

    assertThat(text(store, "a/b/c")).isNull();
    write(store, "a/b/c", "2");
    assertThat(text(store, "a/b/c")).isEqualTo("2");
  }

  @Test
  void aFileInThePlaceOfTheDirectoryIsNamed() throws IOException {
    Files.writeString(temporary.resolve("file"), "x");
    FileStore onFile = FileStore.at(temporary.resolve("file"));
    FileStore belowFile = FileStore.at(temporary.resolve("file/below"));

    assertTrouble(() -> write(onFile, "a", "1"), "cannot write a: ", "file is not a directory");
    assertTrouble(() -> text(onFile, "a"), "cannot read a: ", "file", "directory");
    assertTrouble(() -> onFile.list("").blockLast(PATIENCE), "cannot list ", "not a directory");
    assertTrouble(() -> write(belowFile, "a", "1"), "cannot write a: ", "file is not a directory");
    assertTrouble(
        () -> onFile.acquire("l", TERM).block(PATIENCE),
        "cannot acquire the lease l: ",
        "directory");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aPlaceWhereNothingCanBeMadeIsNamed() {
    FileStore store = FileStore.at(Path.of("/proc/certflux"));

    assertTrouble(
        () -> write(store, "a", "1"),
        "cannot write a: /proc/certflux",
        "no directory can be made there");
  }

  @Test
  void aRecordIsNotAFolderToo() {
    write(store, "a/b", "1");

    assertTrouble(
        () -> write(store, "a", "2"),
        "cannot write a: " + directory.resolve("a"),
        "is not a regular file");
    assertTrouble(
        () -> write(store, "a/b/c", "2"),
        "cannot write a/b/c: " + directory.resolve("a/b"),
        "is not a folder");
    assertThat(text(store, "a")).isNull();
    assertThat(text(store, "a/b/c")).isNull();
    assertThat(text(store, "a/b")).isEqualTo("1");
    store.delete("a", Condition.none()).block(PATIENCE);
    assertThat(text(store, "a/b")).isEqualTo("1");
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void symbolicLinksBelowTheDirectoryAreRefusedButItMayBeOne() throws IOException {
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("file"), "not ours");
    Path link = Files.createSymbolicLink(temporary.resolve("link"), elsewhere);
    FileStore linked = FileStore.at(link);
    assertThat(write(linked, "a/b", "1").text()).isEqualTo("1");
    assertThat(linked.list("").toIterable()).containsExactlyInAnyOrder("a/b", "file");

    write(store, "real", "1");
    Files.createSymbolicLink(directory.resolve("folder"), elsewhere);
    Files.createSymbolicLink(directory.resolve("record"), elsewhere.resolve("file"));

    assertTrouble(
        () -> text(store, "record"), "cannot read record: " + directory, "is a symbolic link");
    assertTrouble(() -> write(store, "record", "2"), "cannot write", "is a symbolic link");
    assertTrouble(() -> text(store, "folder/file"), "cannot read", "folder is a symbolic link");
    assertTrouble(() -> write(store, "folder/new", "2"), "cannot write", "is a symbolic link");
    assertTrouble(
        () -> store.delete("folder/file", Condition.none()).block(PATIENCE),
        "cannot delete folder/file",
        "is a symbolic link");
    assertThat(store.list("").toIterable()).containsExactly("real");
    assertThat(elsewhere.resolve("file")).hasContent("not ours");
  }

  @Test
  void aFileTooLargeForARecordIsRefused() throws IOException {
    write(store, "a", "1");
    Files.write(directory.resolve("a"), new byte[StoreRules.MAX_CONTENT + 1]);

    assertTrouble(() -> text(store, "a"), "cannot read a: ", "is larger than 1 MiB");
  }

  @Test
  void aDamagedLeaseIsNamed() throws IOException {
    Lease lease = await(store.acquire("a", TERM));
    Path file = directory.resolve(".leases/a@");
    assertThat(file).content().startsWith("token=1\nowner=");
    Files.writeString(file, "token=x");

    assertTrouble(
        () -> store.tryAcquire("a", TERM).block(PATIENCE), file + " is damaged: delete it");
    assertTrouble(() -> lease.renew().block(PATIENCE), "cannot renew the lease a: " + file);
    Files.delete(file);
  }

  @Test
  void closedItSaysSo() {
    write(store, "a", "1");
    Lease lease = await(store.acquire("a", TERM));
    store.disposeLater().block(PATIENCE);
    store.disposeLater().block(PATIENCE);

    assertTrouble(() -> text(store, "a"), "the store is closed");
    assertTrouble(() -> write(store, "a", "2"), "the store is closed");
    assertTrouble(() -> store.acquire("a", TERM).block(PATIENCE), "the store is closed");
    assertTrouble(() -> store.tryAcquire("a", TERM).block(PATIENCE), "the store is closed");
    lease.release().block(PATIENCE);
    assertThat(directory.resolve(".owners")).isEmptyDirectory();
  }

  @Test
  void closingWaitsForWhatIsUnderWay() {
    Mono<StoreRecord> write =
        store.write("a", new byte[StoreRules.MAX_CONTENT], Condition.none()).cache();
    write.subscribe();

    store.disposeLater().block(PATIENCE);

    assertThat(directory.resolve("a")).hasSize(StoreRules.MAX_CONTENT);
    assertThat(write.block(PATIENCE)).isNotNull();
  }

  @Test
  void aStoreThatWasNeverUsedTouchesNothing() {
    FileStore unused = FileStore.at(directory);
    unused.disposeLater().block(PATIENCE);

    assertThat(temporary).isEmptyDirectory();
  }

  /**
   * Whoever disposes of the store can end: what was begun is done, and no thread is left for it.
   */
  @Test
  void aProgramCanEndOnceItsStoreIsClosed() {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    FileStore closed = FileStore.at(directory);
    Mono<StoreRecord> begun = closed.write("a", new byte[0], Condition.none()).cache();
    begun.subscribe();
    closed.disposeLater().block(PATIENCE);

    assertThat(store.read("a").block(PATIENCE)).isNotNull();
    assertThat(begun.block(PATIENCE)).isNotNull();
    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(thread -> !before.contains(thread))
        .allMatch(Thread::isDaemon);
  }

  @Test
  void filesAreTouchedAndResultsSignalledOnItsOwnThreads() {
    Scheduler parallel = Schedulers.parallel();
    Mono<String> thread =
        store
            .write("a", new byte[0], Condition.none())
            .then(store.acquire("a", TERM))
            .flatMap(Lease::release)
            .then(store.read("a"))
            .map(
                record -> {
                  assertThat(Thread.currentThread()).isNotInstanceOf(NonBlocking.class);
                  return Thread.currentThread().getName();
                });

    assertThat(thread.subscribeOn(parallel).block(PATIENCE)).startsWith("certflux-store");
  }

  @Test
  void aSubscriberThatBlocksOnItsThreadKeepsNobodyFromWriting() {
    String inner =
        store
            .write("a", new byte[0], Condition.none())
            .map(record -> write(store, "b", "written meanwhile").text())
            .block(PATIENCE);

    assertThat(inner).isEqualTo("written meanwhile");
  }

  private static void assertTrouble(ThrowingCallable call, String... words) {
    assertThatThrownBy(call)
        .isInstanceOf(StoreException.class)
        .isNotInstanceOf(StoreConflictException.class)
        .hasMessageContainingAll(words);
  }
}
