package io.github.certflux.protocol;

import java.util.Map;
import java.util.stream.Collectors;

/** An order failed: the server could not validate its identifiers, or would not issue. */
public final class AcmeAuthorizationException extends AcmeProblemException {
  private static final long serialVersionUID = 1L;

  private final transient Map<Identifier, Problem> failures;

  /**
   * An order that became invalid.
   *
   * @param at the order
   * @param problem the order's error, or the first failure's
   * @param failures what failed, by identifier; empty when the order alone says why
   */
  public AcmeAuthorizationException(At at, Problem problem, Map<Identifier, Problem> failures) {
    super(at, 200, problem, words(failures), null);
    this.failures = Map.copyOf(failures);
  }

  private static String words(Map<Identifier, Problem> failures) {
    return failures.entrySet().stream()
        .map(e -> e.getKey() + " → " + e.getValue())
        .collect(Collectors.joining("; "));
  }

  /** {@return what failed, by identifier} */
  public Map<Identifier, Problem> failures() {
    return failures;
  }
}
