package io.github.certflux.protocol;

import java.time.Duration;

/**
 * How far Certflux goes before it gives an error to its caller: of a client, and of single calls
 * where {@code AcmeAccount.with} has others. Immutable; each {@code with} copies.
 */
public final class RetryLimits {
  private static final RetryLimits DEFAULTS =
      new RetryLimits(
          Duration.ofMinutes(1),
          Duration.ofMinutes(10),
          Duration.ofMinutes(1),
          Duration.ofSeconds(10),
          RolloverPolicy.BOTH_KEYS,
          5,
          Duration.ofSeconds(10));

  private final Duration operationTime;
  private final Duration issueTime;
  private final Duration rateLimitBudget;
  private final Duration rolloverWindow;
  private final RolloverPolicy rolloverPolicy;
  private final int tries;
  private final Duration signerTime;

  private RetryLimits(
      Duration operationTime,
      Duration issueTime,
      Duration rateLimitBudget,
      Duration rolloverWindow,
      RolloverPolicy rolloverPolicy,
      int tries,
      Duration signerTime) {
    this.operationTime = positive("operationTime", operationTime);
    this.issueTime = positive("issueTime", issueTime);
    this.rateLimitBudget = notNegative("rateLimitBudget", rateLimitBudget);
    this.rolloverWindow = notNegative("rolloverWindow", rolloverWindow);
    this.rolloverPolicy = rolloverPolicy;
    this.signerTime = positive("signerTime", signerTime);
    if (tries < 1) {
      throw new IllegalArgumentException("tries must be at least 1, not " + tries);
    }
    this.tries = tries;
  }

  private static Duration positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " must be longer than nothing, not " + value);
    }
    return value;
  }

  private static Duration notNegative(String name, Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative, but is " + value);
    }
    return value;
  }

  /**
   * One minute for an operation, ten for an issue, a minute's wait for a rate limit, a rollover
   * window of 10 s with both keys, five tries, 10 s for a signer.
   *
   * @return the limits of a client that sets none
   */
  public static RetryLimits defaults() {
    return DEFAULTS;
  }

  /**
   * Sets the time of one operation.
   *
   * @param time all tries and the waits between them included, from the moment when the operation
   *     has a place among the client's requests: more than zero
   * @return a copy with it
   */
  public RetryLimits withOperationTime(Duration time) {
    return new RetryLimits(
        time, issueTime, rateLimitBudget, rolloverWindow, rolloverPolicy, tries, signerTime);
  }

  /**
   * Sets the time of the whole way from an order to its certificate.
   *
   * @param time more than zero
   * @return a copy with it
   */
  public RetryLimits withIssueTime(Duration time) {
    return new RetryLimits(
        operationTime, time, rateLimitBudget, rolloverWindow, rolloverPolicy, tries, signerTime);
  }

  /**
   * Sets how long one operation may wait in all because a rate limit (429 with Retry-After) asks
   * for it.
   *
   * @param budget zero or more, within the operation's time; zero gives {@link
   *     AcmeRateLimitException} at once
   * @return a copy with it
   */
  public RetryLimits withRateLimitBudget(Duration budget) {
    return new RetryLimits(
        operationTime, issueTime, budget, rolloverWindow, rolloverPolicy, tries, signerTime);
  }

  /**
   * Sets how long after a key rollover a front end may still know the old key alone: the life of
   * the server's account cache and the lag of its replicas.
   *
   * @param window zero or more
   * @return a copy with it
   */
  public RetryLimits withRolloverWindow(Duration window) {
    return new RetryLimits(
        operationTime, issueTime, rateLimitBudget, window, rolloverPolicy, tries, signerTime);
  }

  /**
   * Sets which keys may sign inside that window.
   *
   * @param policy the new key and those it replaced, or the new one alone
   * @return a copy with it
   */
  public RetryLimits withRolloverPolicy(RolloverPolicy policy) {
    return new RetryLimits(
        operationTime, issueTime, rateLimitBudget, rolloverWindow, policy, tries, signerTime);
  }

  /**
   * Sets how many tries a request has when answers are lost or are not ACME. What the server asks
   * to wait for, stale nonces and stale front ends have bounds of their own.
   *
   * @param count 1 or more
   * @return a copy with it
   */
  public RetryLimits withTries(int count) {
    return new RetryLimits(
        operationTime,
        issueTime,
        rateLimitBudget,
        rolloverWindow,
        rolloverPolicy,
        count,
        signerTime);
  }

  /**
   * Sets how long a signer of a key that is elsewhere may take for a signature, or to be found.
   *
   * @param time more than zero, within the operation's time
   * @return a copy with it
   */
  public RetryLimits withSignerTime(Duration time) {
    return new RetryLimits(
        operationTime, issueTime, rateLimitBudget, rolloverWindow, rolloverPolicy, tries, time);
  }

  /** {@return the time of one operation} */
  public Duration operationTime() {
    return operationTime;
  }

  /** {@return the time of the whole way from an order to its certificate} */
  public Duration issueTime() {
    return issueTime;
  }

  /** {@return how long one operation may wait for rate limits} */
  public Duration rateLimitBudget() {
    return rateLimitBudget;
  }

  /** {@return how long a front end may be late to learn of a new key} */
  public Duration rolloverWindow() {
    return rolloverWindow;
  }

  /** {@return which keys may sign inside the window} */
  public RolloverPolicy rolloverPolicy() {
    return rolloverPolicy;
  }

  /** {@return how many tries a request has when answers are lost} */
  public int tries() {
    return tries;
  }

  /** {@return how long a signer may take for a signature, or to be found} */
  public Duration signerTime() {
    return signerTime;
  }
}
