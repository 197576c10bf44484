package io.github.certflux.protocol;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The error of every Certflux operation: which operation, at which URL, after how many tries, and
 * what to do next. The subtypes say what kind of failure it was.
 */
public abstract class AcmeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Where an operation failed.
   *
   * @param operation what was asked
   * @param url where
   * @param attempts how often it was tried to send a request for it; 0 when it did not come to that
   */
  public record At(AcmeOperation operation, URI url, int attempts) {}

  private final transient At at;

  /** What to do next. */
  private final String advice;

  /**
   * An error of an operation.
   *
   * @param at where it failed
   * @param what what happened, with the server's own words where there are any
   * @param advice what to do next; empty where there is nothing to say
   * @param cause what caused it
   */
  protected AcmeException(At at, String what, String advice, @Nullable Throwable cause) {
    super(message(at, what, advice), cause);
    this.at = at;
    this.advice = advice;
  }

  private static String message(At at, String what, String advice) {
    String tries = at.attempts() > 1 ? " after " + at.attempts() + " tries" : "";
    String next = advice.isEmpty() ? "" : " (" + advice + ")";
    return at.operation() + " at " + at.url() + " failed" + tries + ": " + what + next;
  }

  /** {@return what was asked of the server} */
  public AcmeOperation operation() {
    return at.operation();
  }

  /** {@return where the request went} */
  public URI url() {
    return at.url();
  }

  /** {@return how often it was tried to send a request for it} */
  public int attempts() {
    return at.attempts();
  }

  /** {@return what to do next; empty where there is nothing to say} */
  public String advice() {
    return advice;
  }

  /**
   * Whether the server may have done what was asked in spite of this error: the answer was lost, or
   * could not be read.
   *
   * @return whether nobody knows
   */
  public boolean outcomeUnknown() {
    return false;
  }
}
