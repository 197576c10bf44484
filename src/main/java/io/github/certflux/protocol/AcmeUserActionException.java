package io.github.certflux.protocol;

import java.net.URI;
import java.util.Optional;

/**
 * A person must act before the server goes on ({@code userActionRequired}). As a rule the terms of
 * service have changed (RFC 8555 §7.3.3): once the user agrees to {@link #termsOfService()}, update
 * the account with an agreement.
 */
public final class AcmeUserActionException extends AcmeProblemException {
  private static final long serialVersionUID = 1L;

  private final transient Optional<URI> termsOfService;

  /**
   * A person must act.
   *
   * @param at the request that showed it
   * @param status its HTTP status
   * @param problem the server's words
   * @param termsOfService the terms that the answer links to
   */
  public AcmeUserActionException(At at, int status, Problem problem, Optional<URI> termsOfService) {
    super(at, status, problem, advice(problem, termsOfService), null);
    this.termsOfService = termsOfService;
  }

  private static String advice(Problem problem, Optional<URI> terms) {
    String open = problem.instance().map(url -> "a person must open " + url).orElse("");
    String agree = terms.map(url -> "agree to " + url + " by an update of the account").orElse("");
    return open.isEmpty() || agree.isEmpty() ? open + agree : open + ", and " + agree;
  }

  /** {@return the page that a person must open} */
  public Optional<URI> instance() {
    return problem().instance();
  }

  /** {@return the terms of service to agree to, where that is what the server asks for} */
  public Optional<URI> termsOfService() {
    return termsOfService;
  }
}
