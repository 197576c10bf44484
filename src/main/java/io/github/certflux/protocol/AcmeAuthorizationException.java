package io.github.certflux.protocol;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** An order failed: the server could not validate its identifiers, or would not issue. */
public final class AcmeAuthorizationException extends AcmeProblemException {
  private static final long serialVersionUID = 1L;

  private final transient Map<Identifier, Problem> failures;
  private final transient Map<Identifier, String> diagnoses;

  /**
   * An order that became invalid.
   *
   * @param at the order
   * @param problem the order's error, or the first failure's
   * @param authorizations the order's authorizations; those without a failed challenge do not count
   */
  public AcmeAuthorizationException(At at, Problem problem, List<Authorization> authorizations) {
    super(at, 200, problem, advice(problem, diagnoses(authorizations)), null);
    this.failures = failures(authorizations);
    this.diagnoses = diagnoses(authorizations);
  }

  /**
   * Why authorizations failed.
   *
   * @param authorizations as the server showed them
   * @return the first failed challenge's error of each, by identifier, in their order
   */
  public static Map<Identifier, Problem> failures(List<Authorization> authorizations) {
    Map<Identifier, Problem> failures = new LinkedHashMap<>();
    for (Authorization authorization : authorizations) {
      failed(authorization)
          .flatMap(Challenge::error)
          .ifPresent(problem -> failures.put(authorization.identifier(), problem));
    }
    return Collections.unmodifiableMap(failures);
  }

  private static Map<Identifier, String> diagnoses(List<Authorization> authorizations) {
    Map<Identifier, String> diagnoses = new LinkedHashMap<>();
    for (Authorization authorization : authorizations) {
      Identifier name = authorization.identifier();
      failed(authorization)
          .ifPresent(
              challenge ->
                  diagnoses.put(
                      name, Diagnosis.of(name, challenge.type(), challenge.error().orElseThrow())));
    }
    return Collections.unmodifiableMap(diagnoses);
  }

  private static Optional<Challenge> failed(Authorization authorization) {
    return authorization.challenges().stream().filter(c -> c.error().isPresent()).findFirst();
  }

  private static String advice(Problem problem, Map<Identifier, String> diagnoses) {
    return diagnoses.isEmpty()
        ? advice(problem)
        : diagnoses.entrySet().stream()
            .map(e -> e.getKey() + ": " + e.getValue())
            .collect(Collectors.joining(". "));
  }

  /** {@return what failed, by identifier; empty when the order alone says why} */
  public Map<Identifier, Problem> failures() {
    return failures;
  }

  /**
   * What the CA looked for, where, what it saw and what usually causes that, in a sentence with the
   * server's own words.
   *
   * @return the sentences by identifier; empty when the order alone says why
   */
  public Map<Identifier, String> diagnoses() {
    return diagnoses;
  }
}
