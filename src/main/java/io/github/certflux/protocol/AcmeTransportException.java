package io.github.certflux.protocol;

import org.jspecify.annotations.Nullable;

/** No answer: the connection failed, before or after the request was sent. */
public final class AcmeTransportException extends AcmeException {
  private static final long serialVersionUID = 1L;

  /** Whether the server can have seen the request. */
  public enum Sent {
    /** There was no connection, so the server has not seen it. */
    NO,
    /** It was sent, in whole or in part; whether the server acted on it is not known. */
    UNKNOWN
  }

  /** Whether the server can have seen the request. */
  private final Sent sent;

  /**
   * A failure of the connection.
   *
   * @param at where it failed
   * @param sent whether the server can have seen the request
   * @param what what happened
   * @param advice what to do next
   * @param cause the network's error
   */
  public AcmeTransportException(
      At at, Sent sent, String what, String advice, @Nullable Throwable cause) {
    super(at, what, advice, cause);
    this.sent = sent;
  }

  /** {@return whether the server can have seen the request} */
  public Sent sent() {
    return sent;
  }

  @Override
  public boolean outcomeUnknown() {
    return sent == Sent.UNKNOWN;
  }
}
