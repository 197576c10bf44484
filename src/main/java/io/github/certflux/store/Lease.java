package io.github.certflux.store;

import reactor.core.publisher.Mono;

/** The exclusive right to something, for a time. */
public interface Lease {

  /** {@return what it is for} */
  String path();

  /** {@return a number higher than the token of every earlier holder} */
  long token();

  /**
   * Holds it for another term.
   *
   * @return completes when it is held; {@link StoreConflictException} if it was lost
   */
  Mono<Void> renew();

  /**
   * Gives it back, once, however often it is subscribed to.
   *
   * @return completes when it is free, also if it was lost
   */
  Mono<Void> release();
}
