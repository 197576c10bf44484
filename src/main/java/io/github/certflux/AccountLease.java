package io.github.certflux;

import io.github.certflux.internal.Timing;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import java.time.Duration;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The exclusive right, over all processes, to create an account or to roll its key over: renewed
 * for as long as the work takes, and given back after it.
 *
 * @param parts of the client
 * @param name the account's name in the store
 */
record AccountLease(Parts parts, String name) {
  private static final Logger LOG = LoggerFactory.getLogger(AccountLease.class);

  /** Waits for the lease and works under it. */
  <T> Mono<T> whenFree(Function<Lease, Mono<T>> work) {
    return under(parts.accounts().lease(name, parts.leaseTerm()), work);
  }

  /** Works under the lease if nobody has it; else completes empty. */
  <T> Mono<T> ifFree(Function<Lease, Mono<T>> work) {
    return under(parts.accounts().tryLease(name, parts.leaseTerm()), work);
  }

  private <T> Mono<T> under(Mono<Lease> taken, Function<Lease, Mono<T>> work) {
    return Mono.usingWhen(taken, lease -> kept(lease, work.apply(lease)), this::release);
  }

  /**
   * A lease that is lost ends the work, and so does a store that fails until the lease may be
   * another's: two rollovers at once could destroy a key.
   */
  private <T> Mono<T> kept(Lease lease, Mono<T> work) {
    Mono<T> lost =
        parts
            .timing()
            .delay(third())
            .then(Mono.defer(() -> renewed(lease)))
            .repeat()
            .then(Mono.<T>never())
            .doOnError(e -> LOG.warn("event=lease-lost account={}", name));
    return Mono.firstWithSignal(work, lost);
  }

  /** A third of the term is over when it begins, another when it is tried for the last time. */
  private Mono<Void> renewed(Lease lease) {
    Timing timing = parts.timing();
    long until = timing.millis() + third().toMillis();
    return timing.insisting(
        Mono.defer(lease::renew),
        third(),
        error -> !(error instanceof StoreConflictException) && timing.millis() < until);
  }

  private Duration third() {
    return parts.leaseTerm().dividedBy(3);
  }

  private Mono<Void> release(Lease lease) {
    return lease
        .release()
        .onErrorResume(
            e -> {
              LOG.warn("event=lease-not-released account={}", name, e);
              return Mono.empty();
            });
  }
}
