package io.github.certflux.store;

/** A condition did not hold: somebody else was faster, or the lease was lost. */
public final class StoreConflictException extends StoreException {
  private static final long serialVersionUID = 1L;

  /**
   * A conflict.
   *
   * @param path the record or lease concerned
   * @param what what did not hold, for people
   */
  public StoreConflictException(String path, String what) {
    super(path, what, null);
  }
}
