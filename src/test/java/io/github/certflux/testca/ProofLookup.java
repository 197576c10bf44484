package io.github.certflux.testca;

import reactor.core.publisher.Mono;

/** Finds the proof that a client presents, where it presents it: without a network. */
@FunctionalInterface
public interface ProofLookup {

  /** The key authorization that is presented; empty when there is none. */
  Mono<String> presented(ProofRequest request);
}
