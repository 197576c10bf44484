package io.github.certflux;

import io.github.certflux.store.Lease;
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

  /** A lease that is lost ends the work. */
  private <T> Mono<T> kept(Lease lease, Mono<T> work) {
    Mono<T> lost =
        parts
            .timing()
            .delay(parts.leaseTerm().dividedBy(3))
            .then(lease.renew())
            .repeat()
            .then(Mono.<T>never())
            .doOnError(e -> LOG.warn("event=lease-lost account={}", name));
    return Mono.firstWithSignal(work, lost);
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
