package io.github.certflux.protocol;

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
   * It is known that a binding is needed.
   *
   * @param at the request that was not sent
   */
  public AcmeExternalAccountException(At at) {
    this(
        at,
        0,
        Problem.noticed(
            "externalAccountRequired",
            "this CA makes no account without an external account binding"));
  }
}
