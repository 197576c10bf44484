package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/**
 * What shall go wrong. Rules are asked in the order of their installation, and those that match a
 * request add up.
 */
public final class Faults {
  private final Chance chance;
  private final AsyncFailures later;
  private final List<FaultRule> rules = new ArrayList<>();

  Faults(Chance chance, AsyncFailures later) {
    this.chance = chance;
    this.later = later;
  }

  /** A rule for some resources; it does nothing before {@link FaultRule#then}. */
  public FaultRule on(Endpoint first, Endpoint... more) {
    return new FaultRule(this, EnumSet.of(first, more));
  }

  /** A rule for all resources; it does nothing before {@link FaultRule#then}. */
  public FaultRule onAny() {
    return new FaultRule(this, EnumSet.allOf(Endpoint.class));
  }

  /**
   * Each validation of that identifier fails from now on, whatever its proof.
   *
   * @param identifier name or address, without {@code *.}
   * @param problem what the challenge shows
   */
  public void failValidations(String identifier, CaProblem problem) {
    later.failValidations(identifier, problem);
  }

  /** The next issuance fails: the order becomes invalid and shows the problem. */
  public void failIssuance(CaProblem problem) {
    later.failIssuance(problem);
  }

  /** The next issuance fails by CAA records, with a subproblem for each identifier. */
  public void failIssuanceByCaa(List<Identifier> identifiers) {
    List<CaProblem.Subproblem> subproblems = new ArrayList<>();
    for (Identifier identifier : identifiers) {
      subproblems.add(
          new CaProblem.Subproblem(
              identifier, "caa", "CAA record for " + identifier + " prevents issuance"));
    }
    failIssuance(
        CaProblem.of(403, "caa", "Rechecking CAA: see subproblems").withSubproblems(subproblems));
  }

  /** Ends all rules and failures. */
  public void clear() {
    synchronized (this) {
      rules.clear();
    }
    later.clear();
  }

  synchronized void install(FaultRule rule) {
    rules.remove(rule);
    rules.add(rule);
  }

  synchronized void remove(FaultRule rule) {
    rules.remove(rule);
  }

  /** What happens to a request. */
  synchronized List<Fault> strike(Call call) {
    if (rules.isEmpty()) {
      return List.of();
    }
    List<Fault> faults = new ArrayList<>();
    for (FaultRule rule : rules) {
      faults.addAll(rule.strike(call, chance));
    }
    return faults;
  }
}
