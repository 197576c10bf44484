package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.Observers;
import io.github.certflux.internal.Requests;
import io.github.certflux.internal.Resources;
import io.github.certflux.internal.Timing;
import io.github.certflux.internal.UnderWay;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeTimeoutException;
import io.github.certflux.protocol.Directory;
import io.github.certflux.protocol.RetryLimits;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * What the implementations of one client share.
 *
 * @param directory the directory, cached
 * @param requests sends
 * @param resources reads answers
 * @param crypto makes keys and signatures
 * @param accounts keeps accounts and keys
 * @param signers finds keys that are elsewhere
 * @param journal keeps orders under way
 * @param proofs keeps proofs that outlive this process
 * @param solvers solve challenges unless an account or an order has others
 * @param failedTypes by which challenges the server could not prove a name
 * @param looking looks at proofs first
 * @param limits how far an operation goes
 * @param leaseTerm how long a lease lasts
 * @param timing time and chance
 * @param observer is told
 * @param underWay what closing waits for
 */
record Parts(
    Mono<Directory> directory,
    Requests requests,
    Resources resources,
    Crypto crypto,
    StoredAccounts accounts,
    Signers signers,
    OrderJournal journal,
    ProofJournal proofs,
    List<ChallengeSolver> solvers,
    FailedTypes failedTypes,
    Looking looking,
    RetryLimits limits,
    Duration leaseTerm,
    Timing timing,
    Observers observer,
    UnderWay underWay) {

  /**
   * The same, with other limits for single operations. What says how late servers may be, and which
   * keys may sign meanwhile, is the account's, and stays.
   */
  Parts with(RetryLimits other) {
    RetryLimits merged =
        other
            .withRolloverWindow(limits.rolloverWindow())
            .withRolloverPolicy(limits.rolloverPolicy())
            .withSignerTime(limits.signerTime());
    return new Parts(
        directory,
        requests.with(merged),
        resources,
        crypto,
        accounts,
        signers,
        journal,
        proofs,
        solvers,
        failedTypes,
        looking,
        merged,
        leaseTerm,
        timing,
        observer,
        underWay);
  }

  /** Until when a server may be late to know what is made now. */
  long youngUntilMillis() {
    return timing.millis() + limits.rolloverWindow().toMillis();
  }

  /** Bounds what has no request of its own, and tells the observer of it. */
  <T> Mono<T> timed(AcmeOperation operation, URI url, Mono<T> work) {
    return observer.observed(operation, url, bounded(operation, url, work));
  }

  /** Bounds what polls: an order that never moves on ends with the time of a whole issue. */
  <T> Mono<T> bounded(AcmeOperation operation, URI url, Mono<T> work) {
    Duration limit = limits.issueTime();
    return work.timeout(
        Mono.delay(limit, timing.timer()),
        Mono.error(
            () -> new AcmeTimeoutException(new AcmeException.At(operation, url, 0), limit, null)));
  }
}
