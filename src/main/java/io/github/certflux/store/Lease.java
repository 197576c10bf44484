package io.github.certflux.store;

import reactor.core.publisher.Mono;

/** The exclusive right to something, for a time. */
public interface Lease {

  /** What it is for. */
  String path();

  /** Higher than the token of every earlier holder. */
  long token();

  /** Holds it for another term; {@link StoreConflictException} if it was lost. */
  Mono<Void> renew();

  /**
   * Gives it back; completes also if it was lost. Does so once, however often it is subscribed to.
   */
  Mono<Void> release();
}
