package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/**
 * Proofs that several orders of this client need at a time, since they share an authorization, or
 * are one order that is authorized twice: what one has done with stays as long as another needs it.
 */
final class SharedProofs {
  private final Map<Shared, Use> uses = new HashMap<>();

  private record Shared(ChallengeSolver solver, SolverRequest request) {}

  /** How many need it, and what is taking it away. */
  private static final class Use {
    private int count;
    private int leaves;
    private Mono<Boolean> leaving = Mono.just(true);
  }

  /**
   * Is needed once more, from the call on, so that no cancel comes between this and the {@link
   * #leave} that goes with it.
   *
   * @return completes when nobody is taking it away
   */
  Mono<Void> enter(ChallengeSolver solver, SolverRequest request) {
    synchronized (uses) {
      Use use = uses.computeIfAbsent(new Shared(solver, request), key -> new Use());
      use.count++;
      return use.leaving.then();
    }
  }

  /**
   * Is needed once less: the last one takes it away.
   *
   * @return whether it is gone, or another's to take away
   */
  Mono<Boolean> leave(
      ChallengeSolver solver, SolverRequest request, Supplier<Mono<Boolean>> takenAway) {
    return Mono.defer(
        () -> {
          Shared shared = new Shared(solver, request);
          synchronized (uses) {
            Use use = uses.get(shared);
            if (use == null || --use.count > 0) {
              return Mono.just(true);
            }
            int time = ++use.leaves;
            use.leaving =
                use.leaving
                    .then(Mono.defer(takenAway))
                    .doOnTerminate(() -> forget(shared, use, time))
                    .cache();
            return use.leaving;
          }
        });
  }

  private void forget(Shared shared, Use use, int time) {
    synchronized (uses) {
      if (use.count == 0 && use.leaves == time) {
        uses.remove(shared, use);
      }
    }
  }
}
