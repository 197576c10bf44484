package io.github.certflux;

import io.github.certflux.protocol.AcmeExternalAccountException;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeSignerException;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.Directory;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.RenewalInfo;
import io.github.certflux.protocol.RevocationReason;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreException;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * A client of one ACME server. Owns its connections, its nonces and the state of its accounts; make
 * one for each directory and keep it. Every method is cold: nothing is opened or sent before a
 * subscription. Thread-safe.
 *
 * <p>What sends a request signals the errors that {@link AcmeAccount} lists; what reads or writes
 * the store {@link StoreException}. Once the client is closed, requests are an {@link
 * IllegalStateException}.
 */
public interface AcmeClient {

  /**
   * Begins a client.
   *
   * @param directory the directory's URL (RFC 8555 §7.1.1), {@code https}; {@code http} to this
   *     machine with {@link AcmeClientBuilder#allowLoopbackHttp}. Checked when the client is built
   * @return the builder
   */
  static AcmeClientBuilder builder(URI directory) {
    return new AcmeClientBuilder(directory);
  }

  /**
   * Begins a client of a known CA. What the CA needs of a new account is noticed before anything is
   * sent, even where its directory does not say so.
   *
   * @param ca the CA
   * @return the builder
   */
  static AcmeClientBuilder builder(KnownCa ca) {
    return new AcmeClientBuilder(ca.directory());
  }

  /** {@return the directory's URL (RFC 8555 §7.1.1), by which the server is told from others} */
  URI directoryUrl();

  /** {@return how long a lease of this client lasts: see {@link AcmeClientBuilder#leaseTerm}} */
  Duration leaseTerm();

  /**
   * The directory (RFC 8555 §7.1.1); read once and again when it is an hour old. Whoever asks
   * meanwhile shares that one request. An error is not kept.
   *
   * @return the directory
   */
  Mono<Directory> directory();

  /**
   * The account stored as {@code default}, as {@link #findAccount(String)} finds it.
   *
   * @return the account; empty where there is none
   */
  default Mono<AcmeAccount> findAccount() {
    return findAccount(AccountRequest.DEFAULT_NAME);
  }

  /**
   * The account stored under a name. Reads the store alone, unless a crash cut its creation off:
   * then the server is asked for it by its key (RFC 8555 §7.3.1). What a crash left of a rollover
   * is repaired in the background, without a wait. Cancelling does no harm.
   *
   * @param name 1 to 64 characters of {@code [A-Za-z0-9._-]}, the first a letter or digit; any
   *     other is an {@link IllegalArgumentException} at assembly
   * @return the account; empty where there is none. {@link StoreException} also if its record or
   *     key can't be read, {@link AcmeSignerException} if a key that it has is elsewhere and is not
   *     found by its reference
   */
  Mono<AcmeAccount> findAccount(String name);

  /**
   * The stored account, or a new one: its key is stored before the server hears of it (RFC 8555
   * §7.3). Subscribing twice gives the same account. One that is stored is not compared with the
   * request. After a cancel, a crash or a lost answer the next subscription goes on with the key
   * that was stored; a refusal deletes it.
   *
   * @param request the name, and what to create
   * @return the account. {@link AcmeExternalAccountException} if the CA wants an external account
   *     binding and the request has none, before anything is sent where the directory says so;
   *     {@link AcmeProblemException} if it wants more, such as agreement to its terms; {@link
   *     KeyFormatException} if a key was given that ACME can't use, {@link AcmeSignerException} if
   *     a signer was given that {@link AcmeClientBuilder#signers} does not find, or that gives no
   *     valid signature
   */
  Mono<AcmeAccount> account(AccountRequest request);

  /**
   * Takes over an account made elsewhere, once the server has confirmed that the key is its key
   * (RFC 8555 §7.3.1): one request. Nothing is stored where that fails, or where the name is taken.
   *
   * @param name the name to store it under, as for {@link #findAccount(String)}
   * @param url the account's URL
   * @param key its current key, for P-256, P-384, P-521 or RSA of 2048 to 8192 bits
   * @return the account. {@link IllegalArgumentException} if the key is not that account's, {@link
   *     KeyFormatException} if ACME can't use it or the pair does not fit together, {@link
   *     StoreConflictException} if the name is taken
   */
  Mono<AcmeAccount> importAccount(String name, URI url, KeyPair key);

  /**
   * Takes over whichever account the server has for a key (RFC 8555 §7.3.1): one request. Nothing
   * is stored where it has none, or where the name is taken.
   *
   * @param name the name to store it under, as for {@link #findAccount(String)}
   * @param key for P-256, P-384, P-521 or RSA of 2048 to 8192 bits
   * @return the account; empty where the server has none for this key. {@link KeyFormatException}
   *     if ACME can't use the key or the pair does not fit together, {@link StoreConflictException}
   *     if the name is taken
   */
  Mono<AcmeAccount> importAccount(String name, KeyPair key);

  /**
   * Takes over an account made elsewhere, as {@link #importAccount(String, URI, KeyPair)} does,
   * with a key that stays where it is.
   *
   * @param name the name to store it under, as for {@link #findAccount(String)}
   * @param url the account's URL
   * @param signer of its current key
   * @return the account. {@link IllegalArgumentException} if the key is not that account's, {@link
   *     AcmeSignerException} if {@link AcmeClientBuilder#signers} does not find it or it gives no
   *     valid signature, {@link KeyFormatException} if ACME can't use the key, {@link
   *     StoreConflictException} if the name is taken
   */
  Mono<AcmeAccount> importAccount(String name, URI url, AccountSigner signer);

  /**
   * Takes over whichever account the server has for a key, as {@link #importAccount(String,
   * KeyPair)} does, with a key that stays where it is.
   *
   * @param name the name to store it under, as for {@link #findAccount(String)}
   * @param signer of the key
   * @return the account; empty where the server has none for this key. {@link AcmeSignerException}
   *     if {@link AcmeClientBuilder#signers} does not find it or it gives no valid signature,
   *     {@link KeyFormatException} if ACME can't use the key, {@link StoreConflictException} if the
   *     name is taken
   */
  Mono<AcmeAccount> importAccount(String name, AccountSigner signer);

  /**
   * When the server would have a certificate renewed (RFC 9773 §4): one request, which nobody
   * signs. Ask again after {@link RenewalInfo#checkAgain}.
   *
   * @param certificate of this CA
   * @return the suggested window. {@link AcmeNotOfferedException} if the directory has no {@code
   *     renewalInfo}, {@link AcmeProblemException} also for a certificate that the server does not
   *     know
   */
  Mono<RenewalInfo> renewalInfo(CertificateId certificate);

  /**
   * Revokes a certificate with its own key, without any account (RFC 8555 §7.6): for a key that
   * leaked, whoever holds it. One request. A certificate that is revoked already completes like any
   * other. Some CAs record {@link RevocationReason#KEY_COMPROMISE} whatever the reason given, and
   * issue for that key no more.
   *
   * @param certificate of this CA
   * @param key the certificate's, for P-256, P-384, P-521 or RSA of 2048 to 8192 bits; may be in a
   *     device
   * @param reason one that the CA takes
   * @return completes once it is revoked. {@link AcmeProblemException} also as {@code
   *     badRevocationReason}; {@link IllegalArgumentException} if the key is not the certificate's,
   *     {@link KeyFormatException} if ACME can't use it or the pair does not fit together
   */
  Mono<Void> revoke(X509Certificate certificate, KeyPair key, RevocationReason reason);

  /**
   * Closes the client once what is under way has ended: requests on the wire, cleanups, rollovers.
   * What is subscribed to afterwards fails, and so does an operation that needs another request
   * then. Subscribing again does no harm; cancelling ends the wait, not the closing. Store and
   * solvers stay open.
   *
   * @return completes when connections and threads are given back
   */
  Mono<Void> disposeLater();
}
