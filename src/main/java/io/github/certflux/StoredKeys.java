package io.github.certflux;

import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.KeyPem;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import reactor.core.publisher.Mono;

/**
 * An account key as a record: a private key in PKCS#8, or, of one that is elsewhere, its reference
 * and, for whoever looks for it, its public key.
 *
 * @param crypto makes keys of PEM
 * @param signers finds the others
 */
record StoredKeys(Crypto crypto, Signers signers) {
  private static final String REFERENCE = "Reference: ";

  Mono<byte[]> content(AccountKey key) {
    return crypto.heavy(
        () ->
            key.reference()
                .map(reference -> REFERENCE + reference + "\n" + KeyPem.encode(key.publicKey()))
                .orElseGet(() -> KeyPem.encode(key.privateKey().orElseThrow()))
                .getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The key of a record.
   *
   * @param thumbprint what it must have
   * @param url of the account or the server that it is for
   */
  Mono<AccountKey> read(StoreRecord stored, String thumbprint, URI url) {
    String text = stored.text();
    if (text.startsWith(REFERENCE)) {
      String reference = text.lines().findFirst().orElseThrow().substring(REFERENCE.length());
      return signers.find(reference, thumbprint, url);
    }
    return crypto
        .heavy(() -> AccountKey.of(KeyPem.parse(text), crypto))
        .onErrorMap(
            KeyFormatException.class,
            e ->
                new StoreException(
                    stored.path(),
                    "the record " + stored.path() + " is no key: " + e.getMessage(),
                    e))
        .doOnNext(
            key -> {
              if (!key.thumbprint().equals(thumbprint)) {
                throw new StoreException(
                    stored.path(),
                    "the record " + stored.path() + " holds another key: " + key.thumbprint(),
                    null);
              }
            });
  }
}
