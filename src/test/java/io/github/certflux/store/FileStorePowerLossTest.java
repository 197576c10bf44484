package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static io.github.certflux.store.StoreUnderTest.TERM;
import static io.github.certflux.store.StoreUnderTest.await;
import static io.github.certflux.store.StoreUnderTest.text;
import static io.github.certflux.store.StoreUnderTest.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.store.TroubledDisk.Killed;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The power fails at any call, on a disk that keeps nothing but what was synced. */
class FileStorePowerLossTest {

  private static final List<String> PATHS = List.of("a", "b/c.json", "b/d/e.pem", "f/g/h/i");

  @Test
  void whatWasSignalledAsDoneIsThereAndWhatWasNotIsWholeOrNot() {
    for (int seed = 0; seed < 1_000; seed++) {
      new History(seed, false).run();
    }
  }

  @Test
  void theTestWouldNoticeADiskThatDoesNotSync() {
    assertThatThrownBy(
            () -> {
              for (int seed = 0; seed < 1_000; seed++) {
                new History(seed, true).run();
              }
            })
        .isInstanceOf(AssertionError.class);
  }

  /**
   * Processes that work on one directory, one after the other; each is killed, with or without the
   * power.
   */
  private static final class History {
    private final Path root = Path.of("/volatile").toAbsolutePath();
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final int seed;
    private final Random random;
    private final Map<String, Set<@Nullable String>> possible = new HashMap<>();
    private VolatileDisk disk;
    private long lastToken;

    History(int seed, boolean lies) {
      this.seed = seed;
      this.random = new Random(seed);
      this.disk = new VolatileDisk(root, "1-0");
      this.disk.lies = lies;
      PATHS.forEach(path -> possible.put(path, Collections.singleton(null)));
    }

    void run() {
      for (int process = 1; process <= 6; process++) {
        try {
          work(store(TroubledDisk.killedBefore(1 + random.nextInt(60), disk, disk.process())));
        } catch (Killed e) {
          // It ends in the middle of something, or has done all its work.
        }
        String next = "1-" + process;
        if (random.nextInt(3) == 0) {
          disk = disk.processDied(next);
          continue;
        }
        disk = disk.powerLost(random, next);
        AcmeStore after = store(disk);
        for (String path : PATHS) {
          String found = text(after, path);
          assertThat(possible.get(path)).as("seed %s: %s", seed, path).contains(found);
          possible.put(path, Collections.singleton(found));
        }
        assertThat(PATHS).containsAll(after.list("").toIterable());
      }
    }

    private void work(AcmeStore store) {
      for (int i = 0; i < 8; i++) {
        String path = PATHS.get(random.nextInt(PATHS.size()));
        switch (random.nextInt(4)) {
          case 0 -> {
            maybe(path, null);
            store.delete(path, Condition.none()).block(PATIENCE);
            surely(path, null);
          }
          case 1 -> {
            Lease lease = await(store.acquire("lease/" + path, TERM));
            assertThat(lease.token()).as("seed %s", seed).isPositive();
            String text = "token " + lease.token() + " " + i;
            maybe(path, text);
            await(store.write(path, utf8(text), Condition.none().under(lease)));
            surely(path, text);
            lease.release().block(PATIENCE);
          }
          case 2 -> {
            Lease lease = await(store.acquire("one", TERM));
            assertThat(lease.token()).as("seed %s", seed).isGreaterThan(lastToken);
            lastToken = lease.token();
            lease.release().block(PATIENCE);
          }
          default -> {
            String text = "content ".repeat(random.nextInt(20)) + i;
            maybe(path, text);
            await(store.write(path, utf8(text), Condition.none()));
            surely(path, text);
          }
        }
      }
    }

    private void maybe(String path, @Nullable String text) {
      Set<@Nullable String> either = new HashSet<>(possible.get(path));
      either.add(text);
      possible.put(path, either);
    }

    private void surely(String path, @Nullable String text) {
      possible.put(path, Collections.singleton(text));
    }

    private AcmeStore store(Disk calls) {
      return FileStore.builder(root)
          .blocking(Schedulers.immediate())
          .timer(time)
          .disk(calls)
          .build();
    }
  }
}
