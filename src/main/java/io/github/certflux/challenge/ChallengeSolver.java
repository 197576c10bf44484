package io.github.certflux.challenge;

import reactor.core.publisher.Mono;

/**
 * Proves control of identifiers by one type of challenge (RFC 8555 §8). For each challenge: {@link
 * #present}, {@link #ready}, then the server is told, and {@link #cleanUp} in the end, whatever
 * happened, also when {@code present} failed or was cancelled.
 *
 * <p><b>Threads.</b> Shared by all orders, and called for up to 16 names of each at a time, mostly
 * on event loops: no method may block, nor may what it returns when it is subscribed to. Every
 * publisher is cold. A name and its wildcard are two challenges with two proofs, set up at once in
 * the same place (for dns-01 two TXT records of one name): {@code cleanUp} takes away its own
 * alone.
 *
 * <p><b>Errors.</b> Where {@code present} or {@code ready} throws or signals an error, the name is
 * proved by the next solver that fits; where there is none, the order's authorizing ends with an
 * {@link io.github.certflux.protocol.AcmeSolverException} that has it as its cause. They are not
 * tried again. An error of {@code cleanUp} is logged, and the order goes on.
 *
 * <p><b>Time.</b> {@code present} and {@code ready} may take as long as the whole authorizing or
 * issue, {@link io.github.certflux.protocol.RetryLimits#issueTime}; then, when a name of the same
 * order fails, and when the subscriber cancels, they are cancelled. {@code cleanUp} comes after
 * that, is never cancelled itself, and is given up after {@link
 * io.github.certflux.protocol.RetryLimits#operationTime}.
 *
 * <p><b>Crashes.</b> What outlives the process is written into the client's store before {@code
 * present}, and the next client on that store calls {@code cleanUp} for it, on the solver of the
 * same {@link #journalName}, before it sets up anything: also for what {@code present} never came
 * to. So it does for what {@code cleanUp} failed to take away.
 *
 * <p><b>Rollovers.</b> The proof depends on the account's key. Where that was replaced before the
 * server was told, {@code cleanUp}, {@code present} and {@code ready} are called again, for the
 * same token with another key authorization.
 */
public interface ChallengeSolver {

  /** {@return the type of challenge, such as {@code http-01}} */
  String type();

  /**
   * By what name the next start finds the solver that can take away what this one has left. Two
   * solvers of one type that write to different places need different names, which stay the same
   * over restarts.
   *
   * @return 1 to 200 characters without a secret; the type unless a solver says otherwise
   */
  default String journalName() {
    return type();
  }

  /**
   * Whether a proof stays where it is when this process ends, so that it is to be written down.
   *
   * @return true, as for a record in the DNS; false for what this process itself serves
   */
  default boolean outlivesProcess() {
    return true;
  }

  /**
   * Whether this identifier can be proved; a solver that says no is passed over. Must not block.
   *
   * @param request what is to be proved
   * @return true unless a solver knows better
   */
  default boolean solves(SolverRequest request) {
    return true;
  }

  /**
   * Puts the proof where the server will look for it. Orders that share an authorization call this
   * for the same request, perhaps at once, and {@link #cleanUp} when the last of them is done.
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
   * Takes the proof of this request away, and no other. Does no harm where there is none.
   *
   * @param request what was to be proved
   * @return completes when it is gone
   */
  Mono<Void> cleanUp(SolverRequest request);

  /**
   * Gives back what the solver holds, such as a listening port. Called by whoever made the solver;
   * a client never does.
   *
   * @return completes when it is given back
   */
  default Mono<Void> disposeLater() {
    return Mono.empty();
  }
}
