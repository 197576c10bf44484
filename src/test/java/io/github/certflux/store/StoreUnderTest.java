package io.github.certflux.store;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What the contract suites need of a store under test. */
interface StoreUnderTest {

  Duration PATIENCE = Duration.ofSeconds(60);
  Duration TERM = Duration.ofSeconds(30);

  /**
   * Another process's view of the storage of this test. Whatever it does is done when the call
   * returns, or waits for {@link #pass}.
   */
  AcmeStore open();

  /** The same with threads of its own, on the real clock. */
  AcmeStore openThreaded();

  /** Lets time pass for all stores that {@link #open} gave. */
  void pass(Duration time);

  /** How many bytes a record holds at most. */
  default int largest() {
    return 1 << 20;
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static @Nullable String text(AcmeStore store, String path) {
    return store.read(path).map(StoreRecord::text).block(PATIENCE);
  }

  static StoreRecord write(AcmeStore store, String path, String text) {
    return await(store.write(path, utf8(text), Condition.none()));
  }

  static <T> T await(Mono<T> mono) {
    return mono.blockOptional(PATIENCE).orElseThrow();
  }
}
