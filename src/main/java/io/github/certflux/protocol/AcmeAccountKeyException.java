package io.github.certflux.protocol;

/**
 * The stored key is no longer the account's: someone else rolled it over. Restore the key that
 * replaced it, or create another account.
 */
public final class AcmeAccountKeyException extends AcmeProblemException {
  private static final long serialVersionUID = 1L;

  /**
   * The key in the store is not the account's.
   *
   * @param at the request that showed it
   * @param status its HTTP status
   * @param problem the server's words
   */
  public AcmeAccountKeyException(At at, int status, Problem problem) {
    super(
        at,
        status,
        problem,
        "the stored key is no longer the account's: someone else rolled it over;"
            + " restore the key that replaced it or create another account",
        null);
  }
}
