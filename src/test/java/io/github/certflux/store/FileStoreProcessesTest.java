package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static io.github.certflux.store.StoreUnderTest.await;
import static io.github.certflux.store.StoreUnderTest.text;
import static io.github.certflux.store.StoreUnderTest.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Real processes on one directory. */
@Timeout(120)
class FileStoreProcessesTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private FileStore store;

  @TempDir private Path directory;

  @BeforeEach
  void open() {
    store = FileStore.at(directory);
  }

  @AfterEach
  void close() {
    store.disposeLater().block(PATIENCE);
  }

  @Test
  void countingInTwoProcessesAtOnceLosesNothing() throws Exception {
    write(store, "counter", "0");
    try (OtherProcess one = OtherProcess.on(directory);
        OtherProcess two = OtherProcess.on(directory)) {
      one.begin("count counter 100");
      two.begin("count counter 100");
      Flux.range(0, 2)
          .flatMap(i -> RecordContract.increments(store, "counter", 50))
          .blockLast(PATIENCE);

      assertThat(List.of(one.answer(), two.answer())).containsOnly("counted");
    }
    assertThat(text(store, "counter")).isEqualTo("300");
  }

  /** Two applications of one server bring a copy of the library each. */
  @Test
  void countingInTwoClassLoadersAtOnceLosesNothing() throws Exception {
    write(store, "counter", "0");
    try (OwnCopy one = new OwnCopy();
        OwnCopy two = new OwnCopy()) {
      CompletableFuture<Void> counted =
          CompletableFuture.allOf(one.count(directory, 50), two.count(directory, 50));
      OtherProcess.count(directory, "counter", 50);
      counted.get();
    }
    assertThat(text(store, "counter")).isEqualTo("150");
  }

  @Test
  void theLeaseOfAKilledProcessIsFreeAtOnce() throws Exception {
    try (OtherProcess other = OtherProcess.on(directory)) {
      long token = Long.parseLong(other.tell("acquire a 3600"));
      assertThat(store.tryAcquire("a", HOUR).blockOptional(PATIENCE)).isEmpty();

      other.kill();

      Lease lease = await(store.tryAcquire("a", HOUR));
      assertThat(lease.token()).isGreaterThan(token);
    }
  }

  @Test
  void whoWaitsForAKilledProcessGetsItsLease() throws Exception {
    try (OtherProcess other = OtherProcess.on(directory)) {
      other.tell("acquire a 3600");
      CompletableFuture<Lease> waiting = store.acquire("a", HOUR).toFuture();

      other.kill();

      assertThat(waiting.get().path()).isEqualTo("a");
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aProcessThatHangsLosesItsLeaseAndItsLateWritesAreRefused() throws Exception {
    FileStore timed = FileStore.builder(directory).timer(time).build();
    try (OtherProcess other = OtherProcess.on(directory)) {
      other.tell("acquire a 60");
      assertThat(other.tell("write journal early")).isEqualTo("early");
      other.signal("STOP");

      // This process's clock says 1970: what counts is that nothing was renewed for a whole term.
      assertThat(timed.tryAcquire("a", HOUR).blockOptional(PATIENCE)).isEmpty();
      assertThat(advanceUntilDone(timed.acquire("a", HOUR).toFuture()).join().path())
          .isEqualTo("a");
      other.signal("CONT");

      assertThat(other.tell("write journal late")).isEqualTo("StoreConflictException");
      assertThat(text(store, "journal")).isEqualTo("early");
    }
    timed.disposeLater().block(PATIENCE);
  }

  @Test
  void aProcessThatKeepsTheLockIsNotWaitedForForEver() throws Exception {
    FileStore timed = FileStore.builder(directory).timer(time).build();
    write(store, "record", "1");
    try (OtherProcess other = OtherProcess.on(directory)) {
      other.tell("lock");
      CompletableFuture<StoreRecord> waiting =
          timed.write("record", new byte[0], Condition.none()).toFuture();

      assertThatThrownBy(() -> advanceUntilDone(waiting).join())
          .hasCauseInstanceOf(StoreException.class)
          .hasMessageContaining("cannot write record")
          .hasMessageContaining(".lock was locked by another process for 30 s");
      assertThat(text(timed, "record")).isEqualTo("1");

      other.kill();
      assertThat(write(timed, "record", "2").text()).isEqualTo("2");
    }
    timed.disposeLater().block(PATIENCE);
  }

  private <T> CompletableFuture<T> advanceUntilDone(CompletableFuture<T> future)
      throws InterruptedException {
    while (!future.isDone()) {
      if (Thread.interrupted()) {
        throw new InterruptedException("too late");
      }
      time.advanceTimeBy(Duration.ofMillis(100));
      Thread.onSpinWait();
    }
    return future;
  }

  /** Loads the store's classes again. */
  private static final class OwnCopy extends URLClassLoader {
    OwnCopy() {
      super(
          new URL[] {location(FileStore.class), location(OtherProcess.class)},
          FileStoreProcessesTest.class.getClassLoader());
    }

    private static URL location(Class<?> type) {
      return type.getProtectionDomain().getCodeSource().getLocation();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        boolean isOwn = name.startsWith(FileStore.class.getPackageName());
        if (!isOwn || findLoadedClass(name) != null) {
          return super.loadClass(name, resolve);
        }
        return findClass(name);
      }
    }

    CompletableFuture<Void> count(Path directory, int times) throws ReflectiveOperationException {
      Class<?> copy = loadClass(OtherProcess.class.getName());
      assertThat(copy).isNotSameAs(OtherProcess.class);
      Method count = copy.getDeclaredMethod("count", Path.class, String.class, int.class);
      count.setAccessible(true);
      return CompletableFuture.runAsync(
          () ->
              assertThatCode(() -> count.invoke(null, directory, "counter", times))
                  .doesNotThrowAnyException());
    }
  }
}
