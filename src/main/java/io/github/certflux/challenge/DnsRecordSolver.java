package io.github.certflux.challenge;

import reactor.core.publisher.Mono;

/** What solvers have in common that differ in the type, and in the name of the record alone. */
abstract sealed class DnsRecordSolver implements ChallengeSolver
    permits Dns01Solver, DnsAccount01Solver {
  private final DnsProofs proofs;

  DnsRecordSolver(DnsProofs proofs) {
    this.proofs = proofs;
  }

  DnsProofs proofs() {
    return proofs;
  }

  /** Where the value goes, before any alias. */
  abstract String recordName(SolverRequest request);

  /** {@inheritDoc} */
  @Override
  public String journalName() {
    return proofs.journalName(type());
  }

  /**
   * Every DNS name, wildcards too.
   *
   * @param request what is to be proved
   * @return false for an address
   */
  @Override
  public boolean solves(SolverRequest request) {
    return DnsProofs.isName(request);
  }

  /**
   * Writes the value, when subscribed to. A cancel leaves what the provider was told.
   *
   * @param request what is to be proved
   * @return completes when the provider has taken it over; {@link
   *     io.github.certflux.dns.DnsException}
   */
  @Override
  public Mono<Void> present(SolverRequest request) {
    return proofs.present(recordName(request), request);
  }

  /**
   * Waits until all servers of the zone show the value, or for as long as is to be waited.
   *
   * @param request what is to be proved
   * @return completes then; {@link io.github.certflux.dns.DnsException} where it is required and
   *     they don't
   */
  @Override
  public Mono<Void> ready(SolverRequest request) {
    return proofs.ready(recordName(request), request);
  }

  /**
   * Takes the value away, when subscribed to, and no other.
   *
   * @param request what was to be proved
   * @return completes when the provider has taken it away; {@link
   *     io.github.certflux.dns.DnsException}
   */
  @Override
  public Mono<Void> cleanUp(SolverRequest request) {
    return proofs.cleanUp(recordName(request), request);
  }
}
