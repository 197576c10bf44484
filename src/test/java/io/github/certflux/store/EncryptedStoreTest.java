package io.github.certflux.store;

import static io.github.certflux.store.StoreUnderTest.PATIENCE;
import static io.github.certflux.store.StoreUnderTest.await;
import static io.github.certflux.store.StoreUnderTest.text;
import static io.github.certflux.store.StoreUnderTest.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The contract over a store in memory, and what encryption adds to it. */
class EncryptedStoreTest implements AcmeStoreContract {

  private static final SecretKey OLD = key(1);
  private static final SecretKey NEW = key(2);

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final MemoryStore memory = MemoryStore.create(time);
  private final MemoryStore threaded = MemoryStore.create(Schedulers.parallel());

  @Override
  public AcmeStore open() {
    return EncryptedStore.over(memory.anotherProcess(), "2026", NEW).build();
  }

  @Override
  public AcmeStore openThreaded() {
    return EncryptedStore.over(threaded.anotherProcess(), "2026", NEW).build();
  }

  @Override
  public void pass(Duration duration) {
    time.advanceTimeBy(duration);
  }

  @Override
  public int largest() {
    return (1 << 20) - 200;
  }

  @Test
  void whatIsKeptShowsNothingOfTheContentAndIsNeverTheSame() {
    AcmeStore store = open();
    write(store, "a/key.pem", "-----BEGIN PRIVATE KEY-----");
    byte[] first = kept("a/key.pem");
    write(store, "a/key.pem", "-----BEGIN PRIVATE KEY-----");

    assertThat(new String(first, StandardCharsets.ISO_8859_1)).doesNotContain("PRIVATE");
    assertThat(kept("a/key.pem")).isNotEqualTo(first);
    assertThat(memory.list("").collectList().block(PATIENCE)).containsExactly("a/key.pem");
  }

  @Test
  void aKeyIsReplacedWhileItsRecordsAreStillRead() {
    AcmeStore before = EncryptedStore.over(memory, "2025", OLD).build();
    write(before, "a", "1");
    write(before, "b", "2");
    AcmeStore after = EncryptedStore.over(memory, "2026", NEW).decryptsWith("2025", OLD).build();

    assertThat(text(after, "a")).isEqualTo("1");
    StoreRecord old = await(after.read("a"));
    await(after.write("a", old.content(), Condition.unchanged(old)));

    AcmeStore last = EncryptedStore.over(memory, "2026", NEW).build();
    assertThat(text(last, "a")).isEqualTo("1");
    assertThatThrownBy(() -> text(last, "b"))
        .isInstanceOf(StoreDecryptionException.class)
        .hasMessage("b is encrypted with the key 2025, which was not given");
  }

  @Test
  void anotherKeyOfTheSameNameIsNoticed() {
    write(open(), "a", "1");
    AcmeStore wrong = EncryptedStore.over(memory, "2026", OLD).build();

    assertThatThrownBy(() -> text(wrong, "a"))
        .isInstanceOf(StoreDecryptionException.class)
        .hasMessageContaining("a is not what the key 2026 encrypted there");
  }

  @Test
  void aRecordInThePlaceOfAnotherIsNoticed() {
    AcmeStore store = open();
    write(store, "account/1", "mine");
    await(memory.write("account/2", kept("account/1"), Condition.none()));

    assertThatThrownBy(() -> text(store, "account/2"))
        .isInstanceOf(StoreDecryptionException.class)
        .hasMessageContaining("account/2")
        .hasMessageContaining("moved from another path");
  }

  @Test
  void everyBitThatIsChangedAndEveryByteThatIsMissingIsNoticed() {
    AcmeStore store = open();
    write(store, "a", "content");
    byte[] kept = kept("a");

    for (int i = 0; i < kept.length; i++) {
      byte[] changed = kept.clone();
      changed[i] ^= 1;
      refuses(store, changed);
      refuses(store, Arrays.copyOf(kept, i));
    }
    refuses(store, Arrays.copyOf(kept, kept.length + 1));
  }

  private void refuses(AcmeStore store, byte[] content) {
    await(memory.write("a", content, Condition.none()));
    assertThatThrownBy(() -> text(store, "a")).isInstanceOf(StoreDecryptionException.class);
  }

  @Test
  void whatWasNeverEncryptedIsReadOnlyWhereThatIsSaid() {
    write(memory, "a", "{\"in\": \"the clear\"}");
    assertThatThrownBy(() -> text(open(), "a"))
        .isInstanceOf(StoreDecryptionException.class)
        .hasMessageContaining("a is not encrypted");

    AcmeStore migrating = EncryptedStore.over(memory, "2026", NEW).readsPlain().build();
    StoreRecord plain = await(migrating.read("a"));
    assertThat(plain.text()).isEqualTo("{\"in\": \"the clear\"}");
    await(migrating.write("a", plain.content(), Condition.unchanged(plain)));

    assertThat(text(open(), "a")).isEqualTo("{\"in\": \"the clear\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "ä", "a/b", "\n"})
  void aNameThatIsNoneIsRefused(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> EncryptedStore.over(memory, name, NEW));
  }

  @Test
  void aKeyThatIsNotForAes256IsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EncryptedStore.over(memory, "k", new SecretKeySpec(new byte[16], "AES")))
        .withMessageContaining("256 bits");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> EncryptedStore.over(memory, "k", new SecretKeySpec(new byte[32], "HmacSHA256")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EncryptedStore.over(memory, "k", NEW).decryptsWith("k", OLD))
        .withMessageContaining("two keys");
  }

  private byte[] kept(String path) {
    return await(memory.read(path)).content();
  }

  private static SecretKey key(int seed) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) seed);
    return new SecretKeySpec(bytes, "AES");
  }
}
