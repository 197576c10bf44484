package io.github.certflux.store;

import org.jspecify.annotations.Nullable;

/** The store could not do what was asked of it. Nothing was half done. */
public class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The record or lease concerned. */
  private final String path;

  /**
   * A failure.
   *
   * @param path the record or lease concerned
   * @param what what happened and what to do, for people
   * @param cause what caused it
   */
  public StoreException(String path, String what, @Nullable Throwable cause) {
    super(what, cause);
    this.path = path;
  }

  /** {@return the record or lease concerned} */
  public String path() {
    return path;
  }
}
