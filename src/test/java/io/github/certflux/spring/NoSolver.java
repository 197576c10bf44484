package io.github.certflux.spring;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import reactor.core.publisher.Mono;

/** Proves nothing, to a CA that takes everything for proved. */
final class NoSolver implements ChallengeSolver {
  @Override
  public String type() {
    return "dns-01";
  }

  @Override
  public Mono<Void> present(SolverRequest request) {
    return Mono.empty();
  }

  @Override
  public Mono<Void> cleanUp(SolverRequest request) {
    return Mono.empty();
  }
}
