package io.github.certflux.store;

import org.jspecify.annotations.Nullable;

/**
 * A record could not be decrypted: its key is not among those given, or it was changed, or moved
 * here from another path. {@link #path()} says which.
 */
public final class StoreDecryptionException extends StoreException {
  private static final long serialVersionUID = 1L;

  /**
   * A failure.
   *
   * @param path the record
   * @param what what is wrong, for people
   * @param cause what caused it
   */
  public StoreDecryptionException(String path, String what, @Nullable Throwable cause) {
    super(path, what, cause);
  }
}
