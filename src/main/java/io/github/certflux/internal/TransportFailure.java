package io.github.certflux.internal;

import org.jspecify.annotations.Nullable;

/**
 * What a transport signals instead of an answer. Without a stack trace: it never leaves Certflux.
 */
public final class TransportFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What is known of the request. */
  public enum Kind {
    /** There was no connection: the server has not seen it. */
    NOT_SENT,
    /** Not sent, and trying again won't help: the server's certificate is not trusted. */
    NOT_TRUSTED,
    /** It was sent, and the answer was lost or cut short. */
    LOST,
    /** The answer is larger than the bound. */
    TOO_LARGE
  }

  private final Kind kind;

  /**
   * A failure.
   *
   * @param kind what is known of the request
   * @param what what happened, for people
   * @param cause the network's error
   */
  public TransportFailure(Kind kind, String what, @Nullable Throwable cause) {
    super(what, cause, false, false);
    this.kind = kind;
  }

  /** What is known of the request. */
  public Kind kind() {
    return kind;
  }

  /** What happened, for people. */
  public String what() {
    String message = getMessage();
    return message == null ? kind.name() : message;
  }
}
