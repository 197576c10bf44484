package io.github.certflux.challenge;

import reactor.core.publisher.Mono;

/**
 * Proves nothing, for servers that don't look.
 *
 * @param type of challenge
 */
public record Unneeded(String type) implements ChallengeSolver {

  @Override
  public Mono<Void> present(SolverRequest request) {
    return Mono.empty();
  }

  @Override
  public Mono<Void> cleanUp(SolverRequest request) {
    return Mono.empty();
  }
}
