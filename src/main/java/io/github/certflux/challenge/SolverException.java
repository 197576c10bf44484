package io.github.certflux.challenge;

import org.jspecify.annotations.Nullable;

/** A solver could not put a proof where the server will look for it. */
public class SolverException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A failure.
   *
   * @param what what happened and what to do, for people
   * @param cause what caused it
   */
  public SolverException(String what, @Nullable Throwable cause) {
    super(what, cause);
  }
}
