package io.github.certflux.internal;

/** What a server sent is not a certificate chain; the message says what it is instead. */
public final class ChainFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ChainFormatException(String what) {
    super(what, null, false, false);
  }
}
