package io.github.certflux.faults;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.testca.ProofLookup;
import io.github.certflux.testca.Validation;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** A solver that counts, and whose proofs the test CA really looks at. */
class StandingProofs implements ChallengeSolver {
  final AtomicInteger presented = new AtomicInteger();
  final AtomicInteger cleanedUp = new AtomicInteger();
  private final Map<String, String> standing = new ConcurrentHashMap<>();
  private final String type;

  StandingProofs() {
    this("http-01");
  }

  StandingProofs(String type) {
    this.type = type;
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public Mono<Void> present(SolverRequest request) {
    return Mono.fromRunnable(
        () -> {
          presented.incrementAndGet();
          standing.put(request.token(), request.keyAuthorization());
        });
  }

  @Override
  public Mono<Void> cleanUp(SolverRequest request) {
    return Mono.fromRunnable(
        () -> {
          cleanedUp.incrementAndGet();
          standing.remove(request.token());
        });
  }

  boolean isClean() {
    return standing.isEmpty();
  }

  Validation validation() {
    ProofLookup lookup = proof -> Mono.justOrEmpty(standing.get(proof.token()));
    return Validation.lookup(lookup);
  }
}
