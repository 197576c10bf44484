package io.github.certflux;

import org.jspecify.annotations.Nullable;

/** A proof is not where a CA would look for it. */
final class NotSeen extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A look that failed.
   *
   * @param where what was looked at
   * @param expected what should be there
   * @param found what is there
   */
  NotSeen(String where, String expected, String found, @Nullable Throwable cause) {
    super(where + ": expected " + expected + ", found " + found, cause, false, false);
  }
}
