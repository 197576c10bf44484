package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RevocationReason;
import java.net.URI;
import java.security.KeyPair;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A handle on an account: never stale, it survives a key rollover, and all handles of one client on
 * one account share its keys. Every method is cold: nothing is sent before a subscription, and each
 * subscription sends again. Errors are {@link io.github.certflux.protocol.AcmeException}, and
 * {@link io.github.certflux.store.StoreException} where the store is used. Thread-safe.
 *
 * <p>Cancelling stops tries to come; a request on its way is left to its answer, so what it asked
 * for may still happen.
 */
public interface AcmeAccount {

  /** The account's URL: its identity for as long as it exists (RFC 8555 §7.3). */
  URI url();

  /** The name under which it is stored. */
  String name();

  /** Reads the account from the server (RFC 8555 §7.3.2): one request. */
  Mono<Account> details();

  /**
   * Changes contacts, or agrees to terms (RFC 8555 §7.3.2, §7.3.3), and signals the account as the
   * server then showed it. One request; an agreement alone reads the account first, since some
   * servers refuse an update without contacts.
   */
  Mono<Account> update(AccountUpdate change);

  /**
   * Gives the account a new key (RFC 8555 §7.3.5). The new key is stored before it is sent, and the
   * handle works on without a wait: see {@link io.github.certflux.protocol.RolloverPolicy}. Signals
   * once the server is known to have the key. Rollovers of one account are done one at a time, over
   * all processes that share the store; each waits for challenges that are being validated, 30 s at
   * most. Cancelling detaches: a rollover once begun is finished all the same, at the latest by the
   * next start.
   */
  Mono<KeyRollover> rollOver(KeyType type);

  /**
   * Gives the account this key, as {@link #rollOver(KeyType)} does.
   *
   * @param key a pair for P-256, P-384, P-521 or RSA of 2048 bits or more, not used by another
   *     account; a pair that does not fit together is an {@link IllegalArgumentException}
   */
  Mono<KeyRollover> rollOver(KeyPair key);

  /**
   * Deactivates the account for good (RFC 8555 §7.3.6), removes it from the store, and signals its
   * last state.
   */
  Mono<Account> deactivate();

  /** Orders a certificate (RFC 8555 §7.4). Each subscription counts against the server's limits. */
  Mono<AcmeOrder> order(OrderRequest request);

  /** Takes up an order that exists (RFC 8555 §7.1.3): one request. */
  Mono<AcmeOrder> order(URI url);

  /**
   * The whole way from an order to its certificate, with the client's solvers. Whatever happens,
   * also on cancel, what was set up for challenges is cleaned up.
   */
  Mono<Certificate> issue(OrderRequest request);

  /** As {@link #issue}, told step by step; the last event holds the certificate. */
  Flux<IssueEvent> issueEvents(OrderRequest request);

  /**
   * Issues many certificates, so many at a time, and signals each as it is done, in no particular
   * order. A failed order is a result like any other; only an error of the requests ends the flux.
   *
   * @param requests asked for as places become free
   * @param inFlight how many are under way at a time: 1 or more
   */
  Flux<IssueResult> issueAll(Publisher<OrderRequest> requests, int inFlight);

  /**
   * Revokes a certificate (RFC 8555 §7.6), signed by this account. One that is revoked already
   * completes like any other.
   */
  Mono<Void> revoke(Certificate certificate, RevocationReason reason);

  /** The account that uses these solvers instead of the client's. */
  AcmeAccount with(ChallengeSolver... solvers);
}
