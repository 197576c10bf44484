package io.github.certflux.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A challenge could not be set up: no solver fits, or each that does failed. The CA was not asked.
 */
public final class AcmeSolverException extends AcmeException {
  private static final long serialVersionUID = 1L;

  /**
   * A challenge that could not be set up.
   *
   * @param at the authorization
   * @param what what happened
   * @param cause the solver's error
   */
  public AcmeSolverException(At at, String what, @Nullable Throwable cause) {
    super(at, what, "", cause);
  }
}
