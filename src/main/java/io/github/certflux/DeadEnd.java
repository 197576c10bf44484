package io.github.certflux;

import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.AcmeSignerException;
import io.github.certflux.protocol.AcmeSolverException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/**
 * What an order that is resumed does not get past: with the same order and the same key, the same
 * would come again at each try, for ever. What passes by itself is waited for: a server that is
 * busy, slow or not reached, a solver that fails.
 */
final class DeadEnd {
  /** For how long an order may fail in ways that pass, before it is the order that is at fault. */
  private static final Duration PATIENCE = Duration.ofDays(1);

  private static final Set<String> PASSES =
      Set.of("badNonce", "accountDoesNotExist", "orderNotReady");

  /** Whose errors are of the order itself; the directory and nonces are for all. */
  private static final Set<AcmeOperation> ITS_OWN =
      EnumSet.of(
          AcmeOperation.ORDER,
          AcmeOperation.AUTHORIZATION,
          AcmeOperation.CHALLENGE,
          AcmeOperation.FINALIZE,
          AcmeOperation.CERTIFICATE);

  private DeadEnd() {}

  /**
   * Whether an order that the server has shown a moment ago is to be given up.
   *
   * @param age of the order
   */
  static boolean isMet(AcmeException error, Duration age) {
    return (ITS_OWN.contains(error.operation())
            && (error instanceof AcmeProtocolException || isRefused(error)))
        || (isOld(age)
            && !(error instanceof AcmeSolverException)
            && !(error instanceof AcmeSignerException));
  }

  /**
   * Whether an order that the server does not show is gone. A server that can't be reached, or is
   * busy, says nothing of its orders, however old they are.
   *
   * @param age of the order
   */
  static boolean isGone(AcmeException error, Duration age) {
    boolean mayBeAll =
        error instanceof AcmeProtocolException
            || (error.getClass() == AcmeProblemException.class && !Busy.is(error));
    return error.operation() == AcmeOperation.ORDER
        && (isRefused(error) || (mayBeAll && isOld(age)));
  }

  private static boolean isOld(Duration age) {
    return age.compareTo(PATIENCE) > 0;
  }

  /**
   * A problem of this request, and not of its account, whose problems have classes of their own.
   */
  private static boolean isRefused(AcmeException error) {
    return error.getClass() == AcmeProblemException.class
        && error instanceof AcmeProblemException problem
        && problem.status() >= 400
        && problem.status() < 500
        && problem.status() != 408
        && !PASSES.contains(problem.problem().name());
  }
}
