package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static io.github.certflux.store.StoreUnderTest.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;

/** How every store tells of changes. */
interface ChangesContract extends StoreUnderTest {

  /** What was told, and a way to wait for more. It may be told on threads that must not wait. */
  final class Heard {
    /** Guarded by this. */
    private final List<String> hints = new ArrayList<>();

    private Disposable listening;

    static Heard of(AcmeStore store, String folder) {
      Heard heard = new Heard();
      heard.listening = store.changes(folder).subscribe(heard::add);
      return heard;
    }

    private synchronized void add(String hint) {
      hints.add(hint);
      notifyAll();
    }

    /** Waits for hints, in whatever order and among others, and forgets all so far. */
    void await(StoreUnderTest test, String... expected) {
      await(test, heard -> heard.containsAll(List.of(expected)));
    }

    void await(StoreUnderTest test, Predicate<List<String>> enough) {
      test.pass(Duration.ofSeconds(2));
      long end = System.nanoTime() + PATIENCE.toNanos();
      synchronized (this) {
        while (!enough.test(hints)) {
          long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
          assertThat(left).as("heard %s", hints).isPositive();
          try {
            wait(left);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        }
        hints.clear();
      }
    }

    synchronized List<String> all() {
      return List.copyOf(hints);
    }
  }

  @Test
  default void theFirstHintIsTheFolderAndThenWhatAnybodyChanges() {
    AcmeStore listener = open();
    AcmeStore other = open();
    Heard heard = Heard.of(listener, "a");
    heard.await(this, "a");

    write(other, "a/b/1.json", "1");
    write(listener, "a/2.pem", "2");
    heard.await(this, "a/b/1.json", "a/2.pem");

    write(other, "a/b/1.json", "other");
    heard.await(this, "a/b/1.json");

    other.delete("a/2.pem", Condition.none()).block(PATIENCE);
    heard.await(this, "a/2.pem");
    heard.listening.dispose();
  }

  @Test
  default void nothingIsToldOfOtherFolders() {
    AcmeStore store = open();
    Heard heard = Heard.of(store, "a");
    Heard all = Heard.of(open(), "");
    heard.await(this, "a");
    all.await(this, "");

    write(store, "ab/1", "1");
    write(store, "b/a/1", "1");
    write(store, "a/1", "1");
    all.await(this, "ab/1", "b/a/1", "a/1");
    heard.await(this, "a/1");

    write(store, "b/2", "1");
    all.await(this, "b/2");
    assertThat(heard.all()).isEmpty();
    heard.listening.dispose();
    all.listening.dispose();
  }

  @Test
  default void whoDoesNotKeepUpIsToldThatAnythingMayHaveChanged() {
    AcmeStore store = open();
    List<String> told = new ArrayList<>();
    BaseSubscriber<String> slow =
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {}

          @Override
          protected void hookOnNext(String hint) {
            synchronized (told) {
              told.add(hint);
            }
          }
        };
    store.changes("a").subscribe(slow);
    Heard witness = Heard.of(store, "a");
    slow.request(1);
    witness.await(this, "a");
    String folder = "a/" + "x".repeat(120) + "/" + "y".repeat(100) + "/";
    for (int i = 0; i < 400; i++) {
      write(store, folder + i, "");
    }
    write(store, "a/last", "");
    witness.await(this, heard -> heard.contains("a/last") || heard.contains("a"));

    slow.request(Long.MAX_VALUE);
    pass(Duration.ofSeconds(2));

    synchronized (told) {
      assertThat(told.get(0)).isEqualTo("a");
      assertThat(told.subList(1, told.size())).contains("a");
      assertThat(told.size()).isLessThan(400);
    }
    slow.cancel();
    witness.listening.dispose();
  }

  @Test
  default void listeningNeedsAFolder() {
    AcmeStore store = open();
    assertThatIllegalArgumentException().isThrownBy(() -> store.changes("a/"));
    assertThatIllegalArgumentException().isThrownBy(() -> store.changes("../a"));
  }
}
