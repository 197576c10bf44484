package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.protocol.Challenge;
import java.util.concurrent.atomic.AtomicReference;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One solver's proof of one name, made for one subscription: set up at most once, and taken away if
 * that was begun. A cancel may come at any moment, on any thread: taking away waits for the end of
 * setting up, and nothing is set up after it.
 */
final class Proof {
  private enum State {
    NEW,
    BEGUN,
    OVER
  }

  private final SharedProofs shared;
  private final ChallengeSolver solver;
  private final Challenge challenge;
  private final SolverRequest request;
  private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
  private final Sinks.Empty<Void> setUpEnded = Sinks.empty();
  private final Mono<Boolean> takenAway;

  Proof(ProofJournal journal, ChallengeSolver solver, Challenge challenge, SolverRequest request) {
    this.shared = journal.shared();
    this.solver = solver;
    this.challenge = challenge;
    this.request = request;
    this.takenAway =
        Mono.defer(
                () ->
                    state.getAndSet(State.OVER) == State.BEGUN
                        ? setUpEnded
                            .asMono()
                            .then(
                                shared.leave(
                                    solver, request, () -> journal.takenAway(solver, request)))
                        : Mono.just(true))
            .cache();
  }

  ChallengeSolver solver() {
    return solver;
  }

  Challenge challenge() {
    return challenge;
  }

  SolverRequest request() {
    return request;
  }

  /** As the journal has it. */
  ProofRecord.Standing standing() {
    return new ProofRecord.Standing(solver.journalName(), request);
  }

  /** Present, then ready. */
  Mono<Void> setUp() {
    return Mono.defer(
        () ->
            state.compareAndSet(State.NEW, State.BEGUN)
                ? shared
                    .enter(solver, request)
                    .then(Mono.defer(() -> solver.present(request)))
                    .then(Mono.defer(() -> solver.ready(request)))
                    .doFinally(ended -> setUpEnded.tryEmitEmpty())
                : Mono.never()); // whoever took it away does not wait for it
  }

  /** Takes it away, once, and signals whether nothing stands any more. */
  Mono<Boolean> takenAway() {
    return takenAway;
  }
}
