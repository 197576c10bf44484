package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static io.github.certflux.store.StoreUnderTest.await;
import static io.github.certflux.store.StoreUnderTest.text;
import static io.github.certflux.store.StoreUnderTest.utf8;
import static io.github.certflux.store.StoreUnderTest.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

/** What every store does with records. */
interface RecordContract extends StoreUnderTest {

  @Test
  default void whatWasNeverWrittenIsEmpty() {
    StepVerifier.create(open().read("ca/account.json")).expectComplete().verify(PATIENCE);
  }

  @Test
  default void whatOneWroteAnotherReads() {
    StoreRecord written = write(open(), "ca/accounts/default.json", "{}");

    StoreRecord read = await(open().read("ca/accounts/default.json"));

    assertThat(read.path()).isEqualTo("ca/accounts/default.json");
    assertThat(read.text()).isEqualTo("{}");
    assertThat(read.version()).isEqualTo(written.version());
  }

  @Test
  default void aWriteReplacesTheWholeContent() {
    AcmeStore store = open();
    write(store, "a", "a long content");
    write(store, "a", "short");

    assertThat(text(store, "a")).isEqualTo("short");
  }

  @Test
  default void theVersionChangesWithTheContent() {
    AcmeStore store = open();

    assertThat(write(store, "a", "1").version()).isNotEqualTo(write(store, "a", "2").version());
  }

  @Test
  default void nothingHappensBeforeASubscriptionAndEachDoesItAgain() {
    AcmeStore store = open();
    Mono<StoreRecord> write = store.write("a", utf8("1"), Condition.absent());
    Mono<Void> delete = store.delete("a", Condition.none());
    assertThat(text(store, "a")).isNull();

    await(write);
    StepVerifier.create(write).expectError(StoreConflictException.class).verify(PATIENCE);
    delete.block(PATIENCE);
    await(write);

    assertThat(text(store, "a")).isEqualTo("1");
  }

  @Test
  default void aSecretMayBeOverwrittenInMemoryOnceTheWriteIsAssembled() {
    AcmeStore store = open();
    byte[] secret = utf8("secret");
    Mono<StoreRecord> write = store.write("key.pem", secret, Condition.none());
    Arrays.fill(secret, (byte) 0);

    Arrays.fill(await(write).content(), (byte) 0);
    Arrays.fill(await(store.read("key.pem")).content(), (byte) 0);

    assertThat(text(store, "key.pem")).isEqualTo("secret");
  }

  @Test
  default void absentHoldsOnlyWhereThereIsNone() {
    AcmeStore store = open();
    await(store.write("a", utf8("1"), Condition.absent()));

    StepVerifier.create(open().write("a", utf8("2"), Condition.absent()))
        .expectErrorSatisfies(
            error ->
                assertThat(error)
                    .isInstanceOf(StoreConflictException.class)
                    .hasMessageContaining("a is there already")
                    .extracting(conflict -> ((StoreConflictException) conflict).path())
                    .isEqualTo("a"))
        .verify(PATIENCE);
    assertThat(text(store, "a")).isEqualTo("1");
  }

  @Test
  default void unchangedHoldsOnlyForTheVersionThatWasRead() {
    AcmeStore store = open();
    StoreRecord first = write(store, "a", "1");
    StoreRecord second = await(store.write("a", utf8("2"), Condition.unchanged(first)));

    StepVerifier.create(open().write("a", utf8("3"), Condition.unchanged(first)))
        .expectErrorMessage("a was changed since it was read")
        .verify(PATIENCE);
    StepVerifier.create(open().delete("a", Condition.unchanged(first)))
        .expectError(StoreConflictException.class)
        .verify(PATIENCE);
    open().delete("a", Condition.unchanged(second)).block(PATIENCE);
    StepVerifier.create(open().write("a", utf8("3"), Condition.unchanged(second)))
        .expectErrorMessage("a was deleted since it was read")
        .verify(PATIENCE);
    assertThat(text(store, "a")).isNull();
  }

  @Test
  default void deletingCompletesAlsoWhereThereIsNothing() {
    AcmeStore store = open();
    StoreRecord gone = write(store, "a/b", "1");
    store.delete("a/b", Condition.none()).block(PATIENCE);

    StepVerifier.create(store.delete("a/b", Condition.none())).expectComplete().verify(PATIENCE);
    StepVerifier.create(store.delete("a/b", Condition.unchanged(gone)))
        .expectComplete()
        .verify(PATIENCE);
    StepVerifier.create(store.delete("never/there", Condition.absent()))
        .expectComplete()
        .verify(PATIENCE);
    assertThat(text(open(), "a/b")).isNull();
  }

  @Test
  default void listsWhatIsBelowAFolderAtAnyDepth() {
    AcmeStore store = open();
    for (String path : new String[] {"a/1.json", "a/b/c/2.pem", "ab/3", "4", "a-b/5"}) {
      write(store, path, path);
    }
    store.tryAcquire("a/lease", TERM).block(PATIENCE);
    store.delete("a-b/5", Condition.none()).block(PATIENCE);

    assertThat(open().list("").collectList().block(PATIENCE))
        .containsExactlyInAnyOrder("a/1.json", "a/b/c/2.pem", "ab/3", "4");
    assertThat(open().list("a").collectList().block(PATIENCE))
        .containsExactlyInAnyOrder("a/1.json", "a/b/c/2.pem");
    assertThat(open().list("a/b").collectList().block(PATIENCE)).containsExactly("a/b/c/2.pem");
    assertThat(open().list("nowhere").collectList().block(PATIENCE)).isEmpty();
    assertThat(open().list("a/1.json").collectList().block(PATIENCE)).isEmpty();
  }

  @Test
  default void aListGivesNoMoreThanIsAskedFor() {
    AcmeStore store = open();
    IntStream.range(0, 20).forEach(i -> write(store, "f/" + i, "x"));

    StepVerifier.create(store.list("f"), 0)
        .thenRequest(3)
        .expectNextCount(3)
        .thenRequest(2)
        .expectNextCount(2)
        .thenCancel()
        .verify(PATIENCE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/./b",
        "a/..",
        ".a",
        "a/.b",
        "a\\b",
        "a b",
        "a\n",
        "a\0",
        "ä",
        "a:b",
        "C:",
        "~",
        "a%2fb",
        "1/2/3/4/5/6/7/8/9"
      })
  default void aPathThatIsNoneIsRefusedAtAssembly(String path) {
    AcmeStore store = open();
    assertThatIllegalArgumentException().isThrownBy(() -> store.read(path));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.write(path, new byte[0], Condition.none()));
    assertThatIllegalArgumentException().isThrownBy(() -> store.delete(path, Condition.none()));
    assertThatIllegalArgumentException().isThrownBy(() -> store.acquire(path, TERM));
    assertThatIllegalArgumentException().isThrownBy(() -> store.tryAcquire(path, TERM));
    if (!path.isEmpty()) {
      assertThatIllegalArgumentException().isThrownBy(() -> store.list(path));
    }
  }

  @Test
  default void theLongestPathWorks() {
    String segment = "x".repeat(128);
    String longest = String.join("/", Collections.nCopies(8, segment));
    AcmeStore store = open();
    write(store, longest, "deep");

    assertThat(text(open(), longest)).isEqualTo("deep");
    assertThat(open().list("").collectList().block(PATIENCE)).containsExactly(longest);
    assertThat(await(open().tryAcquire(longest, TERM)).path()).isEqualTo(longest);
    assertThatIllegalArgumentException().isThrownBy(() -> store.read(segment + "x"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8191, 8192, 8193, 1 << 20})
  default void everySizeComesBackWhole(int size) {
    byte[] content = new byte[Math.min(size, largest())];
    new Random(size).nextBytes(content);

    await(open().write("blob", content, Condition.none()));

    assertThat(await(open().read("blob")).content()).isEqualTo(content);
  }

  @Test
  default void moreThanAMebibyteIsRefusedAtAssembly() {
    AcmeStore store = open();

    assertThatThrownBy(() -> store.write("blob", new byte[largest() + 1], Condition.none()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 MiB");
  }

  @Test
  default void ofManyWhoCreateOneWins() {
    AcmeStore mine = openThreaded();
    AcmeStore other = openThreaded();

    Long winners =
        Flux.range(0, 64)
            .flatMap(
                i ->
                    (i % 2 == 0 ? mine : other)
                        .write("one", utf8("by " + i), Condition.absent())
                        .map(StoreRecord::text)
                        .onErrorResume(StoreConflictException.class, e -> Mono.empty())
                        .subscribeOn(Schedulers.boundedElastic()),
                64)
            .publishOn(Schedulers.boundedElastic())
            .doOnNext(text -> assertThat(text(mine, "one")).isEqualTo(text))
            .count()
            .block(PATIENCE);

    assertThat(winners).isEqualTo(1);
  }

  @Test
  default void countingByManyAtOnceLosesNothing() {
    AcmeStore mine = openThreaded();
    AcmeStore other = openThreaded();
    write(mine, "counter", "0");

    Flux.range(0, 8)
        .flatMap(i -> increments(i % 2 == 0 ? mine : other, "counter", 20), 8)
        .blockLast(PATIENCE);

    assertThat(text(mine, "counter")).isEqualTo("160");
  }

  /** Adds one, as often as said, by compare-and-set. */
  static Mono<Void> increments(AcmeStore store, String path, int times) {
    return store
        .read(path)
        .flatMap(
            old ->
                store.write(
                    path,
                    utf8(Integer.toString(Integer.parseInt(old.text()) + 1)),
                    Condition.unchanged(old)))
        .retryWhen(Retry.indefinitely().filter(StoreConflictException.class::isInstance))
        .subscribeOn(Schedulers.boundedElastic())
        .repeat(times - 1)
        .then();
  }

  @Test
  default void aCancelledWriteLeavesTheOldOrTheNew() {
    AcmeStore store = openThreaded();
    String old = "old".repeat(10_000);
    String fresh = "new".repeat(10_000);
    for (int i = 0; i < 50; i++) {
      write(store, "a", old);
      BaseSubscriber<StoreRecord> subscriber = new BaseSubscriber<>() {};
      store.write("a", utf8(fresh), Condition.none()).subscribe(subscriber);
      subscriber.cancel();

      assertThat(text(store, "a")).isIn(old, fresh);
    }
  }
}
