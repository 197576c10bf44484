package io.github.certflux.internal;

import io.github.certflux.protocol.AcmeOperation;
import java.time.Duration;
import java.util.Optional;

/**
 * What is done about a failure: one pure function of what came back and of how the operation
 * stands. The HTTP status is read first, then the problem's type; details are for people.
 */
final class RetryTable {
  private static final int NONCES_AT_ONCE = 3;
  private static final int MOST_NONCES = 12;
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LAST = Duration.ofSeconds(5);
  private static final Duration SHORT_FIRST = Duration.ofMillis(30);
  private static final Duration SHORT_LAST = Duration.ofMillis(250);
  // with a round trip, a request that waits for a window's end is done 250 ms after it
  private static final Duration KEY_LAST = Duration.ofMillis(150);

  private RetryTable() {}

  /** What to do. */
  enum Action {
    /** Send it again after the delay, with a fresh nonce. */
    AGAIN,
    /** Send it again after the delay with the next key of the account and the same nonce. */
    ANOTHER_KEY,
    /** Once more with another signature algorithm. */
    ANOTHER_ALGORITHM,
    /** Find out whether the key is still the account's; the request is not sent again for it. */
    ARBITRATE,
    /** The caller gets this failure, and may know how to recover. */
    FAIL,
    /** The caller gets the first refusal of a key: there is no time for another try. */
    FAIL_AS_FIRST,
    /** The caller gets the refusal that spent its nonce: it was the request that was malformed. */
    FAIL_AS_MALFORMED
  }

  /**
   * What to do, and when.
   *
   * @param action what
   * @param delay after which time; not drawn at random yet
   * @param jitter whether it may be shorter, as the server named no time
   */
  record Decision(Action action, Duration delay, boolean jitter) {
    static final Decision FAIL = new Decision(Action.FAIL, Duration.ZERO, false);
    static final Decision AT_ONCE = new Decision(Action.AGAIN, Duration.ZERO, false);
  }

  /**
   * How the operation stands.
   *
   * @param operation what is asked
   * @param tries how many tries the user allows when answers are lost
   * @param losses how many answers were lost or were not ACME so far, this one included
   * @param waits how often it waited for a server that said not now, this one included
   * @param badNonces how many nonces were refused in a row, this one included
   * @param byKeyId whether the request names the account, not the key
   * @param window whether front ends may be late to learn of this account's key
   * @param keysLeft whether this round has had fewer refusals than there are keys
   * @param rounds how often there were as many refusals as keys, this time included
   * @param malformed whether nonces that proved spent show that it is the request itself
   * @param young whether this client created the resource a moment ago
   * @param timeLeft until the operation's time is up
   * @param rateBudget how long it may still wait for rate limits
   * @param algorithmLeft whether the server lists an algorithm that the key allows
   */
  record Standing(
      AcmeOperation operation,
      int tries,
      int losses,
      int waits,
      int badNonces,
      boolean byKeyId,
      boolean window,
      boolean keysLeft,
      int rounds,
      boolean malformed,
      boolean young,
      Duration timeLeft,
      Duration rateBudget,
      boolean algorithmLeft) {}

  static Decision decide(Failure failure, Standing standing) {
    Decision decision = byStatus(failure, standing);
    if (decision.delay().compareTo(standing.timeLeft()) <= 0) {
      return decision;
    }
    return switch (decision.action()) {
      case AGAIN -> Decision.FAIL;
      case ANOTHER_KEY -> new Decision(Action.FAIL_AS_FIRST, Duration.ZERO, false);
      default -> decision;
    };
  }

  private static Decision byStatus(Failure failure, Standing standing) {
    if (failure.status() == 429) {
      return limited(failure.retryAfter(), standing);
    }
    if (failure.status() == 503) {
      return isSpoiltByASecond(failure.operation())
          ? Decision.FAIL // whoever is busy may have passed it on: the caller looks first
          : notNow(failure.retryAfter(), standing);
    }
    return switch (failure.kind()) {
      case NOT_TRUSTED -> Decision.FAIL;
      case NOT_SENT -> notNow(Optional.empty(), standing);
      case LOST -> lost(failure, standing);
      case NOT_ACME ->
          switch (failure.status() / 100) {
            case 3 -> Decision.FAIL; // a redirect is never followed
            case 4 -> notFound(failure, standing);
            default -> lost(failure, standing);
          };
      case PROBLEM -> failure.status() >= 500 ? lost(failure, standing) : byType(failure, standing);
    };
  }

  private static Decision byType(Failure failure, Standing standing) {
    if (failure.is("badNonce")) {
      return badNonce(standing);
    }
    if (failure.is("badSignatureAlgorithm") && standing.algorithmLeft()) {
      return new Decision(Action.ANOTHER_ALGORITHM, Duration.ZERO, false);
    }
    // Pebble says so of a signature by a key of another type than the account's
    boolean otherType = failure.is("badSignatureAlgorithm") && standing.window();
    boolean key = failure.is("malformed") || otherType;
    if (key && failure.status() == 400 && standing.byKeyId()) {
      return malformed(standing);
    }
    if (failure.is("accountDoesNotExist") || failure.status() == 404) {
      return notFound(failure, standing);
    }
    return Decision.FAIL;
  }

  /** A front end that checks the signature first has told us more than that the nonce is stale. */
  private static Decision badNonce(Standing standing) {
    if (standing.malformed()) {
      return new Decision(Action.FAIL_AS_MALFORMED, Duration.ZERO, false);
    }
    if (standing.badNonces() > MOST_NONCES) {
      return Decision.FAIL;
    }
    return standing.badNonces() <= NONCES_AT_ONCE
        ? Decision.AT_ONCE
        : again(Action.AGAIN, SHORT_FIRST, SHORT_LAST, standing.badNonces() - NONCES_AT_ONCE);
  }

  private static Decision malformed(Standing standing) {
    if (!standing.window()) {
      return new Decision(
          standing.operation() == AcmeOperation.KEY_CHANGE ? Action.FAIL : Action.ARBITRATE,
          Duration.ZERO,
          false);
    }
    if (standing.keysLeft() || standing.rounds() < 2) {
      return new Decision(Action.ANOTHER_KEY, Duration.ZERO, false);
    }
    if (standing.operation() == AcmeOperation.KEY_CHANGE) {
      return Decision.FAIL; // an older key-change may have done it: the rollover finds out
    }
    return again(Action.ANOTHER_KEY, SHORT_FIRST, KEY_LAST, standing.rounds() - 1);
  }

  private static Decision notFound(Failure failure, Standing standing) {
    boolean early = failure.status() == 404 || failure.is("accountDoesNotExist");
    return early && standing.young()
        ? again(Action.AGAIN, SHORT_FIRST, SHORT_LAST, standing.waits())
        : Decision.FAIL;
  }

  private static Decision limited(Optional<Duration> retryAfter, Standing standing) {
    return retryAfter
        .map(wait -> notNow(Optional.of(wait), standing))
        .filter(again -> again.delay().compareTo(standing.rateBudget()) <= 0)
        .orElse(Decision.FAIL);
  }

  /** A Retry-After of nothing names no time: it would be asked as fast as the network goes. */
  private static Decision notNow(Optional<Duration> retryAfter, Standing standing) {
    return retryAfter
        .filter(wait -> !wait.isZero())
        .map(wait -> new Decision(Action.AGAIN, wait, false))
        .orElseGet(() -> again(Action.AGAIN, FIRST, LAST, standing.waits()));
  }

  private static Decision lost(Failure failure, Standing standing) {
    boolean onlyTheNonce = failure.operation() == AcmeOperation.NEW_NONCE;
    boolean again = onlyTheNonce || sentAgain(standing.operation());
    return again && standing.losses() < standing.tries()
        ? again(Action.AGAIN, FIRST, LAST, standing.losses())
        : Decision.FAIL;
  }

  /** Whether what the server has done is undone or spoilt where it does the same again. */
  private static boolean isSpoiltByASecond(AcmeOperation operation) {
    return operation == AcmeOperation.FINALIZE || operation == AcmeOperation.KEY_CHANGE;
  }

  /** Whether an operation may be sent again when nobody knows if the server has done it. */
  static boolean sentAgain(AcmeOperation operation) {
    return switch (operation) {
      case NEW_ACCOUNT, KEY_CHANGE, DEACTIVATE_ACCOUNT, CHALLENGE, FINALIZE -> false;
      default -> true;
    };
  }

  private static Decision again(Action action, Duration first, Duration last, int time) {
    return new Decision(action, Timing.doubled(first, Math.max(time - 1, 0), last), true);
  }
}
