package io.github.certflux.challenge;

import io.github.certflux.internal.Fingerprints;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.StoreConflictException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Open http-01 challenges in a store that several nodes share, so that any of them answers. Anyone
 * may ask for any token: no more are looked up at a time than a store bears, none for long.
 */
final class SharedTokens {
  private static final Logger log = LoggerFactory.getLogger(SharedTokens.class);
  private static final int MOST_LOOKUPS = 64;
  private static final Duration LONGEST_LOOKUP = Duration.ofSeconds(5);

  private final AcmeStore store;
  private final Scheduler timer;
  private final AtomicInteger lookups = new AtomicInteger();
  private final Map<String, Mono<Void>> writes = new ConcurrentHashMap<>();

  SharedTokens(AcmeStore store, Scheduler timer) {
    this.store = store;
    this.timer = timer;
  }

  /**
   * Stores a key authorization. A cancel does not stop the write, so that what follows can wait.
   */
  Mono<Void> put(String token, String keyAuthorization) {
    byte[] content = keyAuthorization.getBytes(StandardCharsets.US_ASCII);
    Mono<Void> write = store.write(path(token), content, Condition.none()).then().cache();
    writes.put(token, write);
    return write;
  }

  /** Deletes this key authorization, and leaves one that took its place. */
  Mono<Void> remove(String token, String keyAuthorization) {
    Mono<Void> write = writes.remove(token);
    return (write == null ? Mono.<Void>empty() : write.onErrorComplete())
        .then(Mono.defer(() -> store.read(path(token))))
        .filter(stored -> stored.text().equals(keyAuthorization))
        .flatMap(stored -> store.delete(stored.path(), Condition.unchanged(stored)))
        .onErrorResume(StoreConflictException.class, another -> Mono.empty());
  }

  /** The key authorization; empty where there is none, or where it is not to be had now. */
  Mono<byte[]> find(String token) {
    return Mono.using(
        () -> lookups.incrementAndGet() <= MOST_LOOKUPS,
        few -> few ? looked(token) : Mono.empty(),
        few -> lookups.decrementAndGet());
  }

  private Mono<byte[]> looked(String token) {
    return store
        .read(path(token))
        .filter(stored -> stored.text().startsWith(token + "."))
        .map(stored -> stored.content())
        .timeout(Mono.delay(LONGEST_LOOKUP, timer))
        .onErrorResume(
            error -> {
              log.warn("event=http-01-not-looked-up", error);
              return Mono.empty();
            });
  }

  /** Tokens differ in case alone, and may be longer than a path allows. */
  private static String path(String token) {
    return "http-01/" + Fingerprints.of(token.getBytes(StandardCharsets.US_ASCII));
  }
}
