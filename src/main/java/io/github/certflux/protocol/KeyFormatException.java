package io.github.certflux.protocol;

/**
 * A key that the user gave is not one that ACME can use: not a key, encrypted, of an unknown kind,
 * too weak, or a pair that does not match. The message says what and where, and never holds any of
 * the key.
 */
public final class KeyFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * A key that cannot be used. It has no cause: a parser's error may quote what it read.
   *
   * @param what what is wrong, and where
   */
  public KeyFormatException(String what) {
    super(what);
  }
}
