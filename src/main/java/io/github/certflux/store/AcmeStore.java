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
 * at assembly. A path whose last segment ends in {@code .pem} holds a secret. What is a record is
 * not also a folder, and no two paths differ in case alone: files could not keep them apart. Paths
 * of leases are another world: a lease and a record of one path have nothing to do with each other.
 *
 * <p>Content is copied when a publisher is assembled, and again for each reader, so whoever holds a
 * secret may overwrite its bytes afterwards.
 */
public interface AcmeStore {

  /**
   * Reads a record.
   *
   * @param path where
   * @return the record; empty where there is none
   */
  Mono<StoreRecord> read(String path);

  /**
   * Writes a whole record if the condition holds. Readers see the old content or the new, never a
   * part. Cancelling leaves one of the two.
   *
   * @param path where
   * @param content 1 MiB at most
   * @param condition what must be so at that moment
   * @return the record with its new version
   */
  Mono<StoreRecord> write(String path, byte[] content, Condition condition);

  /**
   * Deletes a record if the condition holds.
   *
   * @param path where
   * @param condition what must be so at that moment
   * @return completes when it is gone, also where there was none, whatever version was asked for
   */
  Mono<Void> delete(String path, Condition condition);

  /**
   * Lists the records below a folder, at any depth.
   *
   * @param folder a path, or empty for all
   * @return their paths, in no particular order
   */
  Flux<String> list(String folder);

  /**
   * Tells of records that are written or deleted below a folder, by this process or another: hints,
   * so that nobody needs to look every second. The first, once the store listens, is the folder
   * itself, and so is each that follows a time in which it could not, such as a lost connection:
   * anything may have changed before. All others are the paths of records. A path may be told
   * twice, and a hint may be lost, so whoever must not miss a change also looks by itself now and
   * then. A slow subscriber is not waited for: it is told of a path once, or of the folder.
   *
   * @param folder a path, or empty for all
   * @return hints, without end until it is cancelled; completes when the store is closed, and never
   *     fails. A store that can tell nothing never emits
   */
  default Flux<String> changes(String folder) {
    return Flux.never();
  }

  /**
   * Waits until nobody else holds the lease, and takes it. Its token is higher than that of every
   * earlier holder. A holder that does not renew it in time, or whose process is gone, loses it;
   * what it still writes under the old token is refused. Cancelling while waiting leaves nothing
   * behind, and a lease taken in that very moment is released.
   *
   * @param path what the lease is for
   * @param term how long it is held without renewal: a second to an hour
   * @return the lease, once it is held
   */
  Mono<Lease> acquire(String path, Duration term);

  /**
   * Takes the lease if it is free.
   *
   * @param path what the lease is for
   * @param term how long it is held without renewal: a second to an hour
   * @return the lease; empty where somebody else holds it
   */
  Mono<Lease> tryAcquire(String path, Duration term);

  /**
   * Releases the leases still held, and fails those that wait for one. For whoever made the store:
   * clients may share it.
   *
   * @return completes when what is under way is done
   */
  default Mono<Void> disposeLater() {
    return Mono.empty();
  }
}
