package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.AcmeAccountKeyException;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmePausedException;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.protocol.AcmeSignerException;
import io.github.certflux.protocol.AcmeSolverException;
import io.github.certflux.protocol.AcmeTimeoutException;
import io.github.certflux.protocol.AcmeTransportException;
import io.github.certflux.protocol.AcmeUserActionException;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.CsrFormatException;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.protocol.RevocationReason;
import io.github.certflux.protocol.RolloverPolicy;
import io.github.certflux.store.StoreException;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A handle on an account: never stale, it survives a key rollover, and all handles of one client on
 * one account share its keys. Every method is cold: nothing is sent before a subscription, and each
 * subscription sends again. Thread-safe.
 *
 * <p>A request is tried again as far as {@link RetryLimits} allow. What sends one can then signal
 * these, all of them {@link AcmeException}; a method names what it signals besides.
 *
 * <ul>
 *   <li>{@link AcmeProblemException}: the server refused, and said why
 *   <li>{@link AcmeUserActionException}: a person must act first, as where the terms have changed
 *   <li>{@link AcmeRateLimitException}: a limit was met, and the wait is longer than allowed
 *   <li>{@link AcmePausedException}: the CA has paused a name until a person lifts that
 *   <li>{@link AcmeAccountKeyException}: the stored key is no longer the account's
 *   <li>{@link AcmeSignerException}: the account's key is elsewhere, and did not sign
 *   <li>{@link AcmeTransportException}: no connection, or the answer was lost
 *   <li>{@link AcmeProtocolException}: the answer is not ACME
 *   <li>{@link AcmeTimeoutException}: the time was up
 * </ul>
 *
 * <p>Cancelling stops tries to come; a request on its way is left to its answer, so what it asked
 * for may still happen.
 */
public interface AcmeAccount {

  /** {@return the account's URL: its identity for as long as it exists (RFC 8555 §7.3)} */
  URI url();

  /** {@return the name under which it is stored} */
  String name();

  /**
   * Reads the account from the server (RFC 8555 §7.3.2): one request.
   *
   * @return the account as the server showed it, which may be late
   */
  Mono<Account> details();

  /**
   * The account's orders (RFC 8555 §7.1.2.1), as far as the server lists them: many leave out what
   * is over. Reads the account, and then a page of the list whenever more is asked for than the
   * pages before have held: one request each. Let's Encrypt has no such list.
   *
   * @return the orders' URLs, for {@link #order(URI)}. {@link AcmeNotOfferedException} if the
   *     account has no list, {@link AcmeProtocolException} also for a list that has no end
   */
  Flux<URI> orders();

  /**
   * Changes contacts, or agrees to terms (RFC 8555 §7.3.2, §7.3.3). One request; an agreement alone
   * reads the account first, since some servers refuse an update without contacts.
   *
   * @param change contacts, agreement or both
   * @return the account as the server then showed it. {@link AcmeProblemException} also for
   *     contacts that the CA does not take: {@code invalidContact}, {@code unsupportedContact}
   */
  Mono<Account> update(AccountUpdate change);

  /**
   * Gives the account a new key (RFC 8555 §7.3.5). The new key is stored before it is sent, and the
   * handle works on without a wait: see {@link RolloverPolicy}. Signals once the server is known to
   * have the key. Rollovers of one account are done one at a time, over all processes that share
   * the store, and wait for their turn without a limit; each waits for challenges that are being
   * validated, 30 s at most. Cancelling detaches: a rollover once subscribed to is finished all the
   * same, at the latest by the next start.
   *
   * <p>If the server refuses the new key, the account keeps the old one. After an error that leaves
   * it open which one the server has, both stay, and it is found out in the background.
   *
   * @param type any; some CAs refuse P-521 ({@code badPublicKey})
   * @return the rollover, once confirmed. {@link AcmeProtocolException} also if another account has
   *     the key; {@link StoreException} if the store fails, the account is no longer in it, or
   *     another process took over meanwhile
   */
  Mono<KeyRollover> rollOver(KeyType type);

  /**
   * Gives the account this key (RFC 8555 §7.3.5), as {@link #rollOver(KeyType)} does.
   *
   * @param key a pair for P-256, P-384, P-521 or RSA of 2048 to 8192 bits, not used by another
   *     account
   * @return the rollover, once confirmed; the same errors, and {@link KeyFormatException} if ACME
   *     can't use the key or the pair does not fit together, {@link IllegalArgumentException} if
   *     the account has it already
   */
  Mono<KeyRollover> rollOver(KeyPair key);

  /**
   * Gives the account a key that is elsewhere (RFC 8555 §7.3.5), as {@link #rollOver(KeyType)}
   * does. The signer is first found by its reference, as the next start will find it, and signs
   * once to show that it can.
   *
   * @param signer of a key that no other account has
   * @return the rollover, once confirmed; the same errors, and {@link AcmeSignerException} if
   *     {@link AcmeClientBuilder#signers} does not find this key, or it gives no valid signature,
   *     {@link KeyFormatException} if ACME can't use the key, {@link IllegalArgumentException} if
   *     the account has it already or the reference is none
   */
  Mono<KeyRollover> rollOver(AccountSigner signer);

  /**
   * Deactivates the account for good (RFC 8555 §7.3.6): one request, and more where its answer is
   * lost or does not show it. Removes it from the store then, unless this is cancelled before.
   *
   * @return its last state. {@link StoreException} if it is deactivated, but could not be removed;
   *     after any other error, such as of a server that says yes and goes on showing it as valid
   *     for a {@link RetryLimits#rolloverWindow}, it is still in the store
   */
  Mono<Account> deactivate();

  /**
   * Orders a certificate (RFC 8555 §7.4): one request. Each subscription counts against the
   * server's limits, and so can another try after a lost answer.
   *
   * @param request what is ordered
   * @return the order, as a rule {@code pending}, or {@code ready} where all names are authorized
   *     already. {@link AcmeProblemException} with a subproblem for each name that the CA rejects,
   *     {@link AcmeNotOfferedException} for a profile that the directory does not list, {@link
   *     CsrFormatException} for a ready-made CSR that can't be used or names something else, which
   *     the message tells; nothing is sent then. {@link AcmeProtocolException} if the server
   *     answers with an order for other names
   */
  Mono<AcmeOrder> order(OrderRequest request);

  /**
   * Takes up an order that exists (RFC 8555 §7.1.3): one request. It may have been made a moment
   * ago, by another process, so a server that does not know it is asked again for {@link
   * RetryLimits#rolloverWindow}.
   *
   * @param url of an order of this account
   * @return the order. {@link IllegalArgumentException} for a URL that no request may go to
   */
  Mono<AcmeOrder> order(URI url);

  /**
   * Reads an authorization (RFC 8555 §7.5): one request.
   *
   * @param url as an order names it
   * @return the authorization, with its challenges. {@link IllegalArgumentException} for a URL that
   *     no request may go to
   */
  Mono<Authorization> authorization(URI url);

  /**
   * Gives an authorization up (RFC 8555 §7.5.2): one request. For one that is valid, the account
   * has to prove control of the name again; one that is pending fails the order it belongs to, and
   * may count as a failed validation.
   *
   * @param url as an order names it
   * @return the authorization, {@code deactivated}. {@link IllegalArgumentException} for a URL that
   *     no request may go to
   */
  Mono<Authorization> deactivateAuthorization(URI url);

  /**
   * Proves control of a name before it is ordered (RFC 8555 §7.4.1), with this handle's solvers;
   * orders of the name can use it then. Few CAs offer it, and Let's Encrypt does not. What was set
   * up is cleaned up in the end, also on failure and cancel.
   *
   * @param name a DNS name or an IP address; a wildcard, or what is neither, is an {@link
   *     IllegalArgumentException} at assembly
   * @return the authorization, {@code valid}. {@link AcmeNotOfferedException} before anything is
   *     sent if the directory has no {@code newAuthz}, {@link AcmeAuthorizationException} if the
   *     name could not be validated, {@link AcmeSolverException} if no solver fits, or none could
   *     set its proof up
   */
  Mono<Authorization> preAuthorize(String name);

  /**
   * The whole way from an order to its certificate (RFC 8555 §7.4), with the client's solvers. The
   * order and its key are in the store meanwhile: what a crash cut off is resumed where the same is
   * asked for again. Otherwise each subscription orders anew; a second time only where a rollover
   * of the account key may have spoilt a proof. Whatever happens, also on cancel, what was set up
   * for challenges is cleaned up; the order stays with the server.
   *
   * @param request what is ordered
   * @return the certificate. {@link AcmeAuthorizationException} if a name could not be validated or
   *     the order failed, {@link AcmeSolverException} if no solver fits, or none could set its
   *     proof up, {@link AcmeTimeoutException} also after {@link RetryLimits#issueTime}, {@link
   *     CsrFormatException} for a CSR that is not one of what was ordered, {@link
   *     KeyFormatException} for a given key that ACME can't use, {@link StoreException}
   */
  Mono<Certificate> issue(OrderRequest request);

  /**
   * As {@link #issue(OrderRequest)}, for who stores the certificate: the order stays in the store
   * until that is done. After a crash in between, or an error, the same request gives the same
   * certificate once more, to be kept then, and orders nothing.
   *
   * @param request what is ordered
   * @param keep stores the certificate; not bounded by {@link RetryLimits#issueTime}
   * @param <T> what it signals
   * @return what {@code keep} signals, its errors included; besides, the errors of {@link
   *     #issue(OrderRequest)}
   */
  <T> Mono<T> issue(OrderRequest request, Function<Certificate, Mono<T>> keep);

  /**
   * As {@link #issue(OrderRequest)}, told step by step. Events that are not asked for yet are kept.
   *
   * @param request what is ordered
   * @return the steps; the last holds the certificate. The errors of {@link #issue(OrderRequest)}
   */
  Flux<IssueEvent> issueEvents(OrderRequest request);

  /**
   * Issues many certificates, so many at a time, and signals each as it is done, in no particular
   * order. A failed order is a result like any other; only an error of the requests ends the flux.
   * Then, and on cancel, what is under way is cancelled as {@link #issue(OrderRequest)} is.
   *
   * @param requests asked for as places become free
   * @param inFlight how many are under way at a time: 1 or more (of 64 and more, it may be a few
   *     less, and a request is asked for ahead), else an {@link IllegalArgumentException} at
   *     assembly
   * @return a result for each request; a slow subscriber holds up what comes next
   */
  Flux<IssueResult> issueAll(Publisher<OrderRequest> requests, int inFlight);

  /**
   * Downloads a certificate once more (RFC 8555 §7.4.2): one request, and one for each alternate
   * chain that is looked at. It may have been issued a moment ago, so a server that does not know
   * it is asked again for {@link RetryLimits#rolloverWindow}. Its key is not known here, so it is
   * not compared with one.
   *
   * @param url as an order or {@link Certificate#url} names it; some CAs forget it after a while
   * @param preference which chain is wanted
   * @return the certificate, without a key, and with the server's default chain if no other fits.
   *     {@link AcmeProtocolException} also if the chain does not belong together, {@link
   *     IllegalArgumentException} for a URL that no request may go to
   */
  Mono<Certificate> certificate(URI url, ChainPreference preference);

  /**
   * Revokes a certificate (RFC 8555 §7.6): one request, signed by this account. One that is revoked
   * already completes like any other.
   *
   * @param certificate one that this account ordered, or for whose names it is authorized
   * @param reason one that the CA takes
   * @return completes once it is revoked. {@link AcmeProblemException} also as {@code unauthorized}
   *     or {@code badRevocationReason}
   */
  Mono<Void> revoke(X509Certificate certificate, RevocationReason reason);

  /**
   * Revokes the first certificate of a chain, as {@link #revoke(X509Certificate,
   * RevocationReason)}.
   *
   * @param certificate one that this account ordered, or for whose names it is authorized
   * @param reason one that the CA takes
   * @return completes once it is revoked
   */
  default Mono<Void> revoke(Certificate certificate, RevocationReason reason) {
    return revoke(certificate.chain().get(0), reason);
  }

  /**
   * The account that uses these solvers instead of the client's. Sends nothing.
   *
   * @param solvers in the order of preference; they stay the caller's to close
   * @return another handle on this account
   */
  AcmeAccount with(ChallengeSolver... solvers);

  /**
   * The account whose operations, and those of its orders, go as far as these limits. Sends
   * nothing. For a call that may take longer, or must not be tried again: {@code
   * account.with(limits.withIssueTime(time)).issue(request)}. A policy of one's own stands around
   * it: one try here, no wait for rate limits, and Reactor's {@code retryWhen} on the errors above.
   *
   * @param limits operation time, issue time, budget for rate limits and tries; rollovers, their
   *     window and its policy, and the time of a signer stay as the client has them
   * @return another handle on this account
   */
  AcmeAccount with(RetryLimits limits);
}
