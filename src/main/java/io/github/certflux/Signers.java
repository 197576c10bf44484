package io.github.certflux;

import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.RemoteSigner;
import io.github.certflux.internal.SignerFailure;
import io.github.certflux.internal.Timing;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeSignerException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Account keys that are elsewhere.
 *
 * @param byReference the user's function that finds one
 * @param crypto verifies what they sign
 * @param timing of the client
 * @param limit how long finding one, or one signature, may take
 */
record Signers(
    Function<String, Mono<AccountSigner>> byReference,
    Crypto crypto,
    Timing timing,
    Duration limit) {
  private static final int LONGEST_REFERENCE = 2048;
  private static final byte[] PROBE = "check".getBytes(StandardCharsets.US_ASCII);

  /**
   * The key of a signer that the user gives. It is found by its reference first, as the next start
   * will find it, and signs once: neither should turn out wrong when an account depends on it.
   *
   * @param directory of the server it is for
   */
  Mono<AccountKey> given(AccountSigner signer, URI directory) {
    return Mono.defer(
        () -> {
          String reference = checked(signer.reference());
          AccountKey key = key(reference, signer);
          return find(reference, key.thumbprint(), directory)
              .then(Mono.defer(() -> key.signer().sign(PROBE)))
              .onErrorMap(SignerFailure.class, failure -> failure.at(at(directory)))
              .thenReturn(key);
        });
  }

  /** It is one line of the store's record. */
  private static String checked(String reference) {
    if (reference.isBlank()
        || reference.length() > LONGEST_REFERENCE
        || reference.codePoints().anyMatch(Signers::isNoCharacter)) {
      throw new IllegalArgumentException(
          "a signer's reference must have 1 to 2048 characters, none of them control characters"
              + " or lone surrogates");
    }
    return reference;
  }

  /** UTF-8 has no lone surrogates: it would come back from the store as another reference. */
  private static boolean isNoCharacter(int c) {
    return Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE;
  }

  /**
   * The key that a reference names.
   *
   * @param thumbprint what it must have
   * @param url of the account or the server that it is for
   */
  Mono<AccountKey> find(String reference, String thumbprint, URI url) {
    return Mono.defer(() -> byReference.apply(reference))
        .timeout(
            Mono.delay(limit, timing.timer()),
            Mono.error(
                () -> failure(url, reference, "was not found within " + limit.toMillis() + " ms")))
        .onErrorMap(
            e ->
                e instanceof AcmeSignerException
                    ? e
                    : failure(url, reference, "could not be looked up: " + e, e))
        .switchIfEmpty(Mono.error(() -> failure(url, reference, "is not there")))
        .map(signer -> key(reference, signer))
        .doOnNext(
            key -> {
              if (!key.thumbprint().equals(thumbprint)) {
                throw failure(
                    url, reference, "has the key " + key.thumbprint() + ", not " + thumbprint);
              }
            });
  }

  private AccountKey key(String reference, AccountSigner signer) {
    return AccountKey.of(
        new RemoteSigner(reference, signer.publicKey(), signer::sign, crypto, timing, limit));
  }

  private static AcmeSignerException failure(URI url, String reference, String what) {
    return failure(url, reference, what, null);
  }

  private static AcmeSignerException failure(
      URI url, String reference, String what, @Nullable Throwable cause) {
    return new AcmeSignerException(
        at(url), reference, what, "see that AcmeClientBuilder.signers finds its key by it", cause);
  }

  private static AcmeException.At at(URI url) {
    return new AcmeException.At(AcmeOperation.SIGN, url, 0);
  }
}
