package io.github.certflux.protocol;

/** A certificate signing request that the user gave is not one that ACME can use. */
public final class CsrFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /**
   * A request that cannot be used.
   *
   * @param what what is wrong
   */
  public CsrFormatException(String what) {
    super(what);
  }
}
