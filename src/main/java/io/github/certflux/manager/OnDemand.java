package io.github.certflux.manager;

import io.github.certflux.internal.Timing;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * How certificates are issued on demand. Anybody may send a handshake for any name, so somebody has
 * to decide for which names certificates are ordered; how many are ordered is bounded besides.
 * Immutable; each {@code with} copies.
 */
public final class OnDemand {
  private static final int ORDERS = 50;
  private static final int REFUSALS = 10_000;
  private static final Duration DECISION_TIME = Duration.ofSeconds(5);

  private final Function<String, Mono<Boolean>> decision;
  private final Duration decisionTime;
  private final int orders;
  private final Duration ordersTime;
  private final int refusals;
  private final Duration refusalsTime;

  private OnDemand(
      Function<String, Mono<Boolean>> decision,
      Duration decisionTime,
      int orders,
      Duration ordersTime,
      int refusals,
      Duration refusalsTime) {
    this.decision = decision;
    this.decisionTime = decisionTime;
    this.orders = orders;
    this.ordersTime = ordersTime;
    this.refusals = refusals;
    this.refusalsTime = refusalsTime;
  }

  /**
   * With a decision that has 5 seconds, 50 orders an hour, and a memory of 10,000 refusals for ten
   * minutes.
   *
   * @param decision given a DNS name in lower-case A-labels: whether there is to be a certificate
   *     for it, such as since a customer has entered it. Asked once for each name while it decides,
   *     and again before each renewal; empty is no, and so is an error of it, which is remembered
   *     for ten seconds. Must not block
   * @return the settings
   */
  public static OnDemand when(Function<String, Mono<Boolean>> decision) {
    return new OnDemand(
        decision, DECISION_TIME, ORDERS, Duration.ofHours(1), REFUSALS, Duration.ofMinutes(10));
  }

  /**
   * With another time for the decision.
   *
   * @param time after which it is cancelled, as if it had failed; positive
   * @return a copy with it
   * @throws IllegalArgumentException if it is out of its range
   */
  public OnDemand withDecisionTime(Duration time) {
    return new OnDemand(decision, positive(time), orders, ordersTime, refusals, refusalsTime);
  }

  /**
   * With another bound on what is ordered.
   *
   * @param most how many orders in the time, 1 or more; half of them at once, the others evenly
   * @param time the time, positive
   * @return a copy with it
   * @throws IllegalArgumentException if one is out of its range
   */
  public OnDemand withOrders(int most, Duration time) {
    return new OnDemand(
        decision, decisionTime, positive(most), positive(time), refusals, refusalsTime);
  }

  /**
   * With another memory of names that were refused.
   *
   * @param most how many, 1 or more; the oldest is forgotten for a new one
   * @param time how long, positive
   * @return a copy with it
   * @throws IllegalArgumentException if one is out of its range
   */
  public OnDemand withRefusals(int most, Duration time) {
    return new OnDemand(decision, decisionTime, orders, ordersTime, positive(most), positive(time));
  }

  private static int positive(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("at least 1, not " + count);
    }
    return count;
  }

  private static Duration positive(Duration time) {
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException("a time above zero, not " + time);
    }
    return time;
  }

  Mono<Boolean> allows(String name, Timing timing) {
    return Mono.defer(() -> decision.apply(name))
        .timeout(
            timing.delay(decisionTime),
            Mono.error(() -> new IllegalStateException("no decision within " + decisionTime)));
  }

  NewOrders orders() {
    return new NewOrders(orders, Math.max(1, orders / 2), ordersTime);
  }

  Refusals refusals() {
    return new Refusals(refusals, refusalsTime);
  }
}
