package io.github.certflux;

import io.github.certflux.internal.AccountKey;
import io.github.certflux.protocol.AcmeSignerException;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Accounts of one directory in the store: {@code CA/accounts/NAME/account.json} and its keys. */
final class StoredAccounts {
  private static final Logger LOG = LoggerFactory.getLogger(StoredAccounts.class);
  private static final int MOST_CONFLICTS = 20;

  private final AcmeStore store;
  private final StoredKeys keys;
  private final URI directory;
  private final String folder;

  /**
   * An account as it was read, with its keys.
   *
   * @param stored the record
   * @param account what it says
   * @param keys the keys that are there, by thumbprint
   */
  record Loaded(StoreRecord stored, AccountRecord account, Map<String, AccountKey> keys) {
    AccountKey current() {
      AccountKey key = keys.get(account.key());
      if (key == null) {
        throw new StoreException(
            stored.path(),
            "the account's key " + account.key() + " is not beside " + stored.path(),
            null);
      }
      return key;
    }

    Optional<AccountKey> pending() {
      return account.pending().map(keys::get);
    }

    private boolean isWhole() {
      return keys.containsKey(account.key())
          && account.pending().map(keys::containsKey).orElse(true);
    }
  }

  StoredAccounts(AcmeStore store, StoredKeys keys, URI directory) {
    this.store = store;
    this.keys = keys;
    this.directory = directory;
    this.folder = folder(directory) + "/accounts/";
  }

  /** A folder's name for a directory: readable, and different for different URLs. */
  static String folder(URI directory) {
    String full = directory.toString().replaceFirst("^https?://", "");
    String safe = full.replaceAll("[^A-Za-z0-9.]+", "-").replaceAll("^[.-]+|[.-]+$", "");
    if (safe.length() > 90) {
      safe = safe.substring(0, 80) + "-" + Integer.toHexString(full.hashCode());
    }
    return safe.isEmpty() ? "directory" : safe;
  }

  private String path(String name) {
    return folder + name + "/account.json";
  }

  private String keyPath(String name, String thumbprint) {
    return folder + name + "/keys/" + thumbprint + ".pem";
  }

  /** Reads an account and its keys; empty where there is none. */
  Mono<Loaded> load(String name) {
    return load(name, Map.of());
  }

  /** Reads an account, and those of its keys that are not known yet. */
  Mono<Loaded> load(String name, Map<String, AccountKey> known) {
    return load(name, known, Optional.empty());
  }

  /**
   * The keys are read after the record, and a rollover by another process may destroy one in
   * between: then both are read again, unless the record is still the same.
   */
  private Mono<Loaded> load(String name, Map<String, AccountKey> known, Optional<String> before) {
    return store
        .read(path(name))
        .flatMap(stored -> withKeys(name, stored, known))
        .flatMap(
            loaded -> {
              Optional<String> version = Optional.of(loaded.stored().version());
              return loaded.isWhole() || version.equals(before)
                  ? Mono.just(loaded)
                  : load(name, known, version);
            });
  }

  private Mono<Loaded> withKeys(String name, StoreRecord stored, Map<String, AccountKey> known) {
    AccountRecord account = AccountRecord.of(stored);
    Map<String, AccountKey> found = new HashMap<>();
    return Flux.fromIterable(account.keys())
        .concatMap(
            thumbprint -> {
              AccountKey key = known.get(thumbprint);
              return key != null ? Mono.just(key) : readKey(name, account, thumbprint);
            })
        .doOnNext(key -> found.put(key.thumbprint(), key))
        .then(Mono.fromSupplier(() -> new Loaded(stored, account, found)));
  }

  /**
   * A key that the account has, or may have, must be there; one that was replaced and is elsewhere
   * may have been destroyed already, and costs no more than tries at front ends that are late.
   */
  private Mono<AccountKey> readKey(String name, AccountRecord account, String thumbprint) {
    Mono<AccountKey> key =
        store
            .read(keyPath(name, thumbprint))
            .flatMap(stored -> keys.read(stored, thumbprint, account.url().orElse(directory)));
    return account.isReplaced(thumbprint)
        ? key.onErrorResume(
            AcmeSignerException.class,
            gone -> {
              LOG.info(
                  "event=replaced-key-not-found name={} key={} reason=\"{}\"",
                  name,
                  thumbprint,
                  gone.getMessage());
              return Mono.empty();
            })
        : key;
  }

  /** Stores a new account's key and then the account; a conflict where the name is taken. */
  Mono<Loaded> create(String name, AccountRecord account, AccountKey key) {
    return writeKey(name, key, null)
        .then(store.write(path(name), account.toJson(), Condition.absent()))
        .map(stored -> new Loaded(stored, account, Map.of(key.thumbprint(), key)))
        .onErrorResume(
            StoreConflictException.class,
            e -> deleteUnlessNamed(name, key.thumbprint()).then(Mono.error(e)));
  }

  /** Stores a key before any account names it. */
  Mono<Void> writeKey(String name, AccountKey key, @Nullable Lease lease) {
    return keys.content(key)
        .flatMap(
            content ->
                store.write(
                    keyPath(name, key.thumbprint()), content, under(Condition.none(), lease)))
        .then();
  }

  /**
   * Changes an account: reads it, writes the change, and does so again if somebody else wrote in
   * between: whoever holds the lease, too, shares the record with those that destroy replaced keys.
   * Signals the account as it is then; a change to the same writes nothing. Empty where there is
   * none.
   */
  Mono<Loaded> modify(
      String name,
      Map<String, AccountKey> known,
      @Nullable Lease lease,
      UnaryOperator<AccountRecord> change) {
    return Mono.defer(
            () ->
                store
                    .read(path(name))
                    .flatMap(
                        stored -> {
                          AccountRecord before = AccountRecord.of(stored);
                          AccountRecord after = change.apply(before);
                          return after.equals(before)
                              ? Mono.just(stored)
                              : store.write(
                                  stored.path(),
                                  after.toJson(),
                                  under(Condition.unchanged(stored), lease));
                        })
                    .flatMap(stored -> withKeys(name, stored, known)))
        .retryWhen(
            Retry.max(MOST_CONFLICTS)
                .filter(StoreConflictException.class::isInstance)
                .onRetryExhaustedThrow((spec, signal) -> signal.failure()));
  }

  /** Deletes an account that the server never had, with its key. */
  Mono<Void> discard(String name, Loaded unborn) {
    return store
        .delete(path(name), Condition.unchanged(unborn.stored()))
        .then(deleteUnlessNamed(name, unborn.account().key()))
        .then();
  }

  /** Deletes an account, its keys, and its orders under way. */
  Mono<Void> delete(String name) {
    return store
        .delete(path(name), Condition.none())
        .thenMany(store.list(folder + name))
        .concatMap(path -> store.delete(path, Condition.none()))
        .then();
  }

  /** Deletes a key, unless the account names it; signals whether it does not. */
  Mono<Boolean> deleteUnlessNamed(String name, String thumbprint) {
    return store
        .read(path(name))
        .map(stored -> AccountRecord.of(stored).keys().contains(thumbprint))
        .defaultIfEmpty(false)
        .flatMap(
            named ->
                named
                    ? Mono.just(false)
                    : store.delete(keyPath(name, thumbprint), Condition.none()).thenReturn(true));
  }

  /** Deletes a key although the account still names it as one that it had. */
  Mono<Void> forgetKey(String name, String thumbprint) {
    return store.delete(keyPath(name, thumbprint), Condition.none());
  }

  /** Deletes keys that a crash left without an account that names them; under the lease alone. */
  Mono<Void> sweep(String name) {
    return store
        .list(folder + name + "/keys")
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .filter(file -> file.endsWith(".pem"))
        .map(file -> file.substring(0, file.length() - ".pem".length()))
        .concatMap(
            thumbprint ->
                deleteUnlessNamed(name, thumbprint)
                    .filter(deleted -> deleted)
                    .doOnNext(
                        deleted -> LOG.info("event=key-swept name={} key={}", name, thumbprint)))
        .then();
  }

  /** The exclusive right to roll the account's key over; waits for it. */
  Mono<Lease> lease(String name, Duration term) {
    return store.acquire(folder + name, term);
  }

  /** The exclusive right to roll the account's key over, if nobody has it. */
  Mono<Lease> tryLease(String name, Duration term) {
    return store.tryAcquire(folder + name, term);
  }

  private static Condition under(Condition condition, @Nullable Lease lease) {
    return lease == null ? condition : condition.under(lease);
  }
}
