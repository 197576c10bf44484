package io.github.certflux.challenge;

import reactor.core.publisher.Mono;

/**
 * Proves control of identifiers by one type of challenge (RFC 8555 §8). Shared by all orders; every
 * publisher is cold. For each solved challenge: {@link #present}, {@link #ready}, then the server
 * is told, and {@link #cleanUp} in the end, whatever happened, also when {@code present} failed or
 * was cancelled.
 */
public interface ChallengeSolver {

  /** {@return the type of challenge, such as {@code http-01}} */
  String type();

  /**
   * Whether this identifier can be proved; a solver that says no is passed over.
   *
   * @param request what is to be proved
   * @return true unless a solver knows better
   */
  default boolean solves(SolverRequest request) {
    return true;
  }

  /**
   * Puts the proof where the server will look for it.
   *
   * @param request what is to be proved
   * @return completes when it is there
   */
  Mono<Void> present(SolverRequest request);

  /**
   * Waits until the server would find the proof.
   *
   * @param request what is to be proved
   * @return completes then; at once unless that takes time
   */
  default Mono<Void> ready(SolverRequest request) {
    return Mono.empty();
  }

  /**
   * Takes the proof away. Does no harm where there is none.
   *
   * @param request what was to be proved
   * @return completes when it is gone
   */
  Mono<Void> cleanUp(SolverRequest request);

  /**
   * Gives back what the solver holds, such as a listening port.
   *
   * @return completes when it is given back
   */
  default Mono<Void> disposeLater() {
    return Mono.empty();
  }
}
