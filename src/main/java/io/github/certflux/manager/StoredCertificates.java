package io.github.certflux.manager;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.certflux.internal.ChainFormatException;
import io.github.certflux.internal.Chains;
import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.Fingerprints;
import io.github.certflux.internal.KeyPem;
import io.github.certflux.internal.Keys;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreRecord;
import java.security.KeyPair;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Certificates in the store: a folder for each, with the record, the chain and the key.
 *
 * @param store where
 * @param crypto parses what takes long
 */
record StoredCertificates(AcmeStore store, Crypto crypto) {
  private static final Logger LOG = LoggerFactory.getLogger(StoredCertificates.class);

  static final String FOLDER = "certificates";

  /**
   * A record as it was read.
   *
   * @param stored to be changed on the condition that it is still so; empty where there is none
   * @param record what it says
   */
  record Read(Optional<StoreRecord> stored, CertificateRecord record) {
    String version() {
      return stored.map(StoreRecord::version).orElse("");
    }
  }

  private static String path(String id) {
    return FOLDER + "/" + id + "/certificate.json";
  }

  private static String chainPath(String id, String fingerprint) {
    return FOLDER + "/" + id + "/chains/" + fingerprint + ".crt";
  }

  private static String keyPath(String id, String fingerprint) {
    return FOLDER + "/" + id + "/keys/" + fingerprint + ".pem";
  }

  /**
   * Reads what is stored; an empty record where there is none.
   *
   * @param last what was read before, which is signalled again if it is still so
   */
  Mono<Read> read(String id, List<String> names, @Nullable Read last) {
    return store
        .read(path(id))
        .map(
            stored ->
                last != null && stored.version().equals(last.version())
                    ? last
                    : new Read(Optional.of(light(stored)), CertificateRecord.of(stored)))
        .switchIfEmpty(
            Mono.fromSupplier(
                () ->
                    last != null && last.stored().isEmpty()
                        ? last
                        : new Read(Optional.empty(), CertificateRecord.empty(names))));
  }

  /** The version is kept, since it is the condition of a change; the content was read. */
  private static StoreRecord light(StoreRecord stored) {
    return new StoreRecord(stored.path(), new byte[0], stored.version());
  }

  /**
   * The certificate that a record names; empty where chain or key is gone or can't be used, so that
   * there must be another. Who renews it deletes the old ones, so whoever misses one reads the
   * record again.
   */
  Mono<ManagedCertificate> load(String id, CertificateRecord record) {
    return Mono.justOrEmpty(record.current())
        .flatMap(
            current ->
                Mono.zip(
                        store.read(chainPath(id, current.chain())),
                        store.read(keyPath(id, current.key())))
                    .flatMap(
                        both ->
                            crypto.heavy(
                                () -> certificate(record, current, both.getT1(), both.getT2()))))
        .onErrorResume(
            error -> error instanceof ChainFormatException || error instanceof KeyFormatException,
            error -> {
              LOG.warn(
                  "event=certificate-not-usable id={} reason=\"{}\" next=new-order",
                  id,
                  error.getMessage());
              return Mono.empty();
            });
  }

  private static ManagedCertificate certificate(
      CertificateRecord record,
      CertificateRecord.Current current,
      StoreRecord chain,
      StoreRecord key) {
    List<X509Certificate> certificates = Chains.parse(chain.content());
    KeyPair pair = KeyPem.parse(key.text());
    if (!Keys.same(certificates.get(0).getPublicKey(), pair.getPublic())) {
      throw new KeyFormatException("the key " + key.path() + " is not the certificate's");
    }
    return new ManagedCertificate(record.names(), certificates, pair, current.ca().orElse(null));
  }

  /** How a certificate will be named in its record. */
  static CertificateRecord.Current current(
      ManagedCertificate certificate, Optional<Instant> ordered) {
    return new CertificateRecord.Current(
        fingerprint(certificate.chain().get(0)),
        Fingerprints.of(certificate.key().getPublic().getEncoded()),
        certificate.ca(),
        certificate.validity(),
        ordered);
  }

  static String fingerprint(X509Certificate certificate) {
    try {
      return Fingerprints.of(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was parsed has no encoding", e);
    }
  }

  /** Stores a new certificate: key and chain, then the record that names them. */
  Mono<Read> replace(
      String id, Read before, CertificateRecord after, ManagedCertificate issued, Lease lease) {
    return Mono.defer(
        () -> {
          CertificateRecord.Current current = after.current().orElseThrow();
          byte[] key = issued.keyPem().getBytes(UTF_8);
          byte[] chain = issued.chainPem().getBytes(UTF_8);
          Condition ours = Condition.none().under(lease);
          return store
              .write(keyPath(id, current.key()), key, ours)
              .then(store.write(chainPath(id, current.chain()), chain, ours))
              .then(write(id, before, after, lease))
              .flatMap(written -> sweep(id, current, lease).thenReturn(written));
        });
  }

  /** Writes the record, if it is as it was read and the lease is still ours. */
  Mono<Read> write(String id, Read before, CertificateRecord after, Lease lease) {
    Condition same = before.stored().map(Condition::unchanged).orElseGet(Condition::absent);
    return store
        .write(path(id), after.toJson(), same.under(lease))
        .map(written -> new Read(Optional.of(light(written)), after));
  }

  /** Deletes what the record no longer names, also what a crash has left. */
  private Mono<Void> sweep(String id, CertificateRecord.Current current, Lease lease) {
    Set<String> named =
        Set.of(path(id), chainPath(id, current.chain()), keyPath(id, current.key()));
    return store
        .list(FOLDER + "/" + id)
        .filter(path -> !named.contains(path))
        .concatMap(path -> store.delete(path, Condition.none().under(lease)))
        .then()
        .onErrorResume(
            error -> {
              LOG.warn("event=old-certificate-not-deleted id={} next=the-next-renewal", id, error);
              return Mono.empty();
            });
  }

  /** The exclusive right to order this certificate, if nobody has it. */
  Mono<Lease> tryLease(String id, Duration term) {
    return store.tryAcquire(FOLDER + "/" + id, term);
  }

  /** The same right, once nobody has it. */
  Mono<Lease> lease(String id, Duration term) {
    return store.acquire(FOLDER + "/" + id, term);
  }

  /** Identifiers of certificates that may have changed; empty for all. */
  Flux<String> changes() {
    return store
        .changes(FOLDER)
        .map(
            path -> {
              String[] parts = path.split("/", -1);
              return parts.length < 2 ? "" : parts[1];
            });
  }
}
