package io.github.certflux.protocol;

import java.util.List;
import java.util.Optional;

/**
 * The CA makes accounts for its customers alone: newAccount needs an external account binding (RFC
 * 8555 §7.3.4). As a rule the directory says so, and nothing was sent: {@link #status} is 0 then.
 */
public final class AcmeExternalAccountException extends AcmeProblemException {
  private static final long serialVersionUID = 1L;

  private static final String ADVICE =
      "get a key identifier and a MAC key from the CA and give them to the account request";

  /**
   * The server refused an account without a binding.
   *
   * @param at the request
   * @param status its HTTP status
   * @param problem the server's words
   */
  public AcmeExternalAccountException(At at, int status, Problem problem) {
    super(at, status, problem, ADVICE, null);
  }

  /**
   * The directory says that a binding is needed.
   *
   * @param at the request that was not sent
   */
  public AcmeExternalAccountException(At at) {
    this(
        at,
        0,
        new Problem(
            Problem.NAMESPACE + "externalAccountRequired",
            Optional.empty(),
            Optional.of("the directory says that new accounts need an external account binding"),
            0,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            List.of()));
  }
}
