package io.github.certflux.protocol;

import org.jspecify.annotations.Nullable;

/** The answer is not ACME: a gateway's page, a redirect, too large, malformed, or unsafe. */
public final class AcmeProtocolException extends AcmeException {
  private static final long serialVersionUID = 1L;

  /** What the protocol asks for. */
  private final String expected;

  /** What came instead. */
  private final String came;

  /**
   * An answer that is not ACME.
   *
   * @param at where it came from
   * @param expected what the protocol asks for
   * @param came what came instead, cut short
   * @param cause the parser's error
   */
  public AcmeProtocolException(At at, String expected, String came, @Nullable Throwable cause) {
    super(at, "expected " + expected + ", but got " + came, "", cause);
    this.expected = expected;
    this.came = came;
  }

  /** {@return what the protocol asks for} */
  public String expected() {
    return expected;
  }

  /** {@return what came instead} */
  public String came() {
    return came;
  }

  @Override
  public boolean outcomeUnknown() {
    return true;
  }
}
