package io.github.certflux.protocol;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The operation's time was up; the cause is the last failure, where there was one. */
public final class AcmeTimeoutException extends AcmeException {
  private static final long serialVersionUID = 1L;

  /** The time that the operation had. */
  private final Duration limit;

  /**
   * The end of an operation's time.
   *
   * @param at where it stood
   * @param limit the time that the operation had
   * @param last the last failure
   */
  public AcmeTimeoutException(At at, Duration limit, @Nullable Throwable last) {
    super(
        at,
        "not done within "
            + limit.toMillis()
            + " ms"
            + (last == null ? "" : "; last: " + words(last)),
        "",
        last);
    this.limit = limit;
  }

  private static String words(Throwable last) {
    String message = last.getMessage();
    return message == null ? last.getClass().getSimpleName() : message;
  }

  /** {@return the time that the operation had} */
  public Duration limit() {
    return limit;
  }

  @Override
  public boolean outcomeUnknown() {
    return true;
  }
}
