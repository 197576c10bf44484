package io.github.certflux.testca;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * When a fault happens. Counts the requests that match from when {@link #then} was called; happens
 * at the first of them unless told otherwise. Set it up before {@code then}.
 */
public final class FaultRule {
  private final Faults faults;
  private final Set<Endpoint> endpoints;
  private Predicate<String> path = any -> true;
  private int front = -1;
  private int from = 1;
  private int times = 1;
  private double probability = 1;
  private List<Fault> what = List.of();
  private int seen;
  private int happened;

  FaultRule(Faults faults, Set<Endpoint> endpoints) {
    this.faults = faults;
    this.endpoints = EnumSet.copyOf(endpoints);
  }

  /**
   * Only at the nth request that matches.
   *
   * @param n from 1
   */
  public FaultRule nth(int n) {
    from = n;
    times = 1;
    return this;
  }

  /** At the first so many requests that match. */
  public FaultRule times(int count) {
    times = count;
    return this;
  }

  /** At each request that matches. */
  public FaultRule always() {
    times = Integer.MAX_VALUE;
    return this;
  }

  /**
   * At each request that matches with that probability, drawn from the CA's source of randomness. A
   * {@link #times} that follows bounds it.
   */
  public FaultRule withProbability(double probability) {
    this.probability = probability;
    times = Integer.MAX_VALUE;
    return this;
  }

  /**
   * Only at one front end.
   *
   * @param front from 0
   */
  public FaultRule onFront(int front) {
    this.front = front;
    return this;
  }

  /** Only for paths like that, such as those of one order. */
  public FaultRule path(Predicate<String> path) {
    this.path = path;
    return this;
  }

  /** Makes these happen, all of them, from now on. */
  public FaultRule then(Fault... what) {
    this.what = List.of(what);
    faults.install(this);
    return this;
  }

  /** How often it happened. */
  public int happened() {
    synchronized (faults) {
      return happened;
    }
  }

  /** Ends it. */
  public void remove() {
    faults.remove(this);
  }

  /** What happens to this request; called under the lock of the faults. */
  List<Fault> strike(Call call, Chance chance) {
    if (!endpoints.contains(call.route.endpoint())
        || (front >= 0 && front != call.front)
        || !path.test(call.request.path())) {
      return List.of();
    }
    seen++;
    if (seen < from || happened >= times || !chance.happens(probability)) {
      return List.of();
    }
    happened++;
    return what;
  }
}
