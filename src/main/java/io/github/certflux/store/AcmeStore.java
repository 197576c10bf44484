package io.github.certflux.store;

import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Where Certflux keeps what must survive a restart: records with compare-and-set, and leases with
 * fencing tokens. Every method is cold: nothing happens before a subscription, and each
 * subscription does it again. A write that was signalled as done is durable. Errors are {@link
 * StoreException}, and {@link StoreConflictException} where a condition did not hold.
 *
 * <p>A path is one to eight segments of {@code [A-Za-z0-9._-]}, 1 to 128 characters each, not
 * beginning with a dot, joined by {@code /}; anything else is an {@link IllegalArgumentException}
 * at assembly. A path whose last segment ends in {@code .pem} holds a secret.
 */
public interface AcmeStore {

  /** Reads a record; empty where there is none. */
  Mono<StoreRecord> read(String path);

  /**
   * Writes a whole record if the condition holds, and signals it with its new version. Readers see
   * the old content or the new, never a part. Cancelling leaves one of the two.
   *
   * @param path where
   * @param content 1 MiB at most
   * @param condition what must be so at that moment
   */
  Mono<StoreRecord> write(String path, byte[] content, Condition condition);

  /** Deletes a record if the condition holds; completes also where there was none. */
  Mono<Void> delete(String path, Condition condition);

  /**
   * The paths of all records below a folder, at any depth, in no particular order.
   *
   * @param folder a path, or empty for all
   */
  Flux<String> list(String folder);

  /**
   * Waits until nobody else holds the lease, and takes it. Its token is higher than that of every
   * earlier holder. A holder that does not renew it in time, or whose process is gone, loses it;
   * what it still writes under the old token is refused. Cancelling while waiting leaves nothing
   * behind, and a lease taken in that very moment is released.
   *
   * @param path what the lease is for
   * @param term how long it is held without renewal: a second to an hour
   */
  Mono<Lease> acquire(String path, Duration term);

  /** Takes the lease if it is free; completes empty where somebody else holds it. */
  Mono<Lease> tryAcquire(String path, Duration term);

  /** Completes when what is under way is done; leases still held are released. */
  default Mono<Void> disposeLater() {
    return Mono.empty();
  }
}
