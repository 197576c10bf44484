package io.github.certflux.store;

import io.github.certflux.internal.JcaCrypto;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.SecretKey;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Encrypts what records hold before it goes to another store: AES-256 in Galois/counter mode, with
 * a new nonce for each write. A record is bound to its path, so one can't be put in the place of
 * another; that an old one is put back is not noticed. Paths, sizes, times and leases stay as they
 * are.
 *
 * <p>Keys have names, which are kept beside what they encrypt. To replace a key, give all nodes the
 * new one to decrypt with, then let it encrypt. What the old one encrypted is read as long as that
 * is given, and is encrypted with the new one when it is next written. One key is good for
 * 2<sup>32</sup> writes.
 *
 * <p>A record holds 200 bytes less than 1 MiB. One that can't be decrypted is a {@link
 * StoreDecryptionException}. Encryption takes microseconds, on the subscriber's thread.
 */
public final class EncryptedStore implements AcmeStore {

  private static final int MAX_CONTENT = StoreRules.MAX_CONTENT - 200;

  private final AcmeStore store;
  private final RecordCipher cipher;

  private EncryptedStore(Builder builder) {
    this.store = builder.store;
    this.cipher =
        new RecordCipher(builder.newest, builder.keys, builder.readsPlain, JcaCrypto.drbg());
  }

  /**
   * Begins to describe a store.
   *
   * @param store what keeps the records
   * @param keyId names the key: 1 to 64 of {@code [A-Za-z0-9._-]}
   * @param key encrypts and decrypts; for AES, of 256 bits
   * @return what makes the store
   */
  public static Builder over(AcmeStore store, String keyId, SecretKey key) {
    return new Builder(store, keyId, key);
  }

  @Override
  public Mono<StoreRecord> read(String path) {
    return store.read(path).map(record -> opened(path, record));
  }

  private StoreRecord opened(String path, StoreRecord record) {
    return new StoreRecord(path, cipher.open(path, record.content()), record.version());
  }

  @Override
  public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
    StoreRules.path(path);
    if (content.length > MAX_CONTENT) {
      throw new IllegalArgumentException(
          path + ": an encrypted record holds 1 MiB less 200 bytes, not " + content.length);
    }
    byte[] copy = content.clone();
    return Mono.defer(() -> store.write(path, cipher.seal(path, copy), condition))
        .map(record -> new StoreRecord(path, copy.clone(), record.version()));
  }

  @Override
  public Mono<Void> delete(String path, Condition condition) {
    return store.delete(path, condition);
  }

  @Override
  public Flux<String> list(String folder) {
    return store.list(folder);
  }

  @Override
  public Flux<String> changes(String folder) {
    return store.changes(folder);
  }

  @Override
  public Mono<Lease> acquire(String path, Duration term) {
    return store.acquire(path, term);
  }

  @Override
  public Mono<Lease> tryAcquire(String path, Duration term) {
    return store.tryAcquire(path, term);
  }

  /** Closes the store below. */
  @Override
  public Mono<Void> disposeLater() {
    return store.disposeLater();
  }

  /** Describes an encrypted store. */
  public static final class Builder {
    private final AcmeStore store;
    private final String newest;
    private final Map<String, SecretKey> keys = new LinkedHashMap<>();
    private boolean readsPlain;

    private Builder(AcmeStore store, String keyId, SecretKey key) {
      this.store = store;
      this.newest = keyId;
      add(keyId, key);
    }

    /**
     * A further key, to decrypt with alone.
     *
     * @param keyId its name
     * @param key for AES, of 256 bits
     * @return this builder
     */
    public Builder decryptsWith(String keyId, SecretKey key) {
      add(keyId, key);
      return this;
    }

    /**
     * Reads what was never encrypted, too: for the time in which a store that was in the clear is
     * written anew. Unless this is called such a record is a {@link StoreDecryptionException}.
     *
     * @return this builder
     */
    public Builder readsPlain() {
      this.readsPlain = true;
      return this;
    }

    /**
     * Makes the store.
     *
     * @return the store
     */
    public EncryptedStore build() {
      return new EncryptedStore(this);
    }

    private void add(String keyId, SecretKey key) {
      RecordCipher.check(keyId, key);
      if (keys.putIfAbsent(keyId, key) != null) {
        throw new IllegalArgumentException("two keys are named " + keyId);
      }
    }
  }
}
