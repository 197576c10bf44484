package io.github.certflux.testca;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Failures ordered for work that goes on after a request was answered. */
final class AsyncFailures {
  private final Map<String, CaProblem> validations = new HashMap<>();
  private final Queue<CaProblem> issuances = new ArrayDeque<>();

  synchronized void failValidations(String name, CaProblem problem) {
    validations.put(name, problem);
  }

  synchronized Optional<CaProblem> validation(String name) {
    return Optional.ofNullable(validations.get(name));
  }

  synchronized void failIssuance(CaProblem problem) {
    issuances.add(problem);
  }

  synchronized @Nullable CaProblem issuance() {
    return issuances.poll();
  }

  synchronized void clear() {
    validations.clear();
    issuances.clear();
  }
}
