package io.github.certflux.store;

import reactor.core.publisher.Mono;

/** Another lease, for tests that change one call of it. */
public abstract class ForwardingLease implements Lease {
  /** Where everything goes. */
  protected final Lease lease;

  /** Everything goes there. */
  protected ForwardingLease(Lease lease) {
    this.lease = lease;
  }

  @Override
  public String path() {
    return lease.path();
  }

  @Override
  public long token() {
    return lease.token();
  }

  @Override
  public Mono<Void> renew() {
    return lease.renew();
  }

  @Override
  public Mono<Void> release() {
    return lease.release();
  }
}
