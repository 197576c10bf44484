/**
 * A reactive ACME client (RFC 8555): accounts, orders and certificates as cold publishers that
 * compose, cancel and back-pressure like any other.
 *
 * <p>The shortest program, on a machine that both names lead to:
 *
 * <pre>{@code
 * AcmeClient acme =
 *     AcmeClient.builder(KnownCa.LETS_ENCRYPT_STAGING)
 *         .store(FileStore.at(Path.of("certflux")))
 *         .solver(Http01Solver.onPort(80))
 *         .build();
 *
 * Mono<Certificate> certificate =
 *     acme.account(AccountRequest.contact("ops@example.org").agreeToTerms())
 *         .flatMap(account -> account.issue(OrderRequest.of("example.org", "www.example.org")));
 *
 * certificate.subscribe(done -> System.out.println(done.chainPem()));
 * // in a main method: certificate.block(), or the JVM ends first
 * }</pre>
 *
 * <p>There are three handles, each made by the one before and safe for any thread:
 *
 * <ul>
 *   <li>{@link AcmeClient} is one server. It owns connections, nonces and what is known of its
 *       accounts: make one for each directory with {@link AcmeClientBuilder}, keep it, and close it
 *       with {@link AcmeClient#disposeLater}.
 *   <li>{@link AcmeAccount} is one account, whose key is kept in an {@link
 *       io.github.certflux.store.AcmeStore}. It orders and revokes certificates, and its key can be
 *       rolled over amid its other work.
 *   <li>{@link AcmeOrder} is one order, for whoever takes the steps of {@link AcmeAccount#issue}
 *       one by one.
 * </ul>
 *
 * <p><b>Subscribing.</b> Nothing is sent or opened before a subscription, and no method blocks.
 * Each subscription does it all again: two to {@code order} are two orders, and count as two
 * against the CA's limits. What can be tried again without harm is, with another nonce or another
 * key of the account where that is what it takes, as far as {@link
 * io.github.certflux.protocol.RetryLimits} allow; a {@code retry} around it begins anew. Cancelling
 * stops what was not sent yet, leaves what was to its answer, cleans up challenges, and never cuts
 * a key rollover off. Signals come on event loops and other threads that must not be blocked.
 *
 * <p><b>Errors.</b> {@link io.github.certflux.protocol.AcmeException} says which operation failed,
 * at which URL, after how many tries, in the server's words, and what to do next; its subtypes, of
 * which {@link AcmeAccount} has a list, say what kind of failure it was, and {@link
 * io.github.certflux.protocol.AcmeException#outcomeUnknown} whether the server may have done what
 * was asked all the same. A store's failure is a {@link io.github.certflux.store.StoreException};
 * what the caller gave and cannot be used is an {@link IllegalArgumentException}.
 */
@NullMarked
package io.github.certflux;

import org.jspecify.annotations.NullMarked;
