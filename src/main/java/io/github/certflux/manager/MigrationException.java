package io.github.certflux.manager;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What another client has left can't be taken over. Nothing of it was stored. */
public final class MigrationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable Path path;

  MigrationException(@Nullable Path path, String what, @Nullable Throwable cause) {
    super(path == null ? what : path + ": " + what, cause);
    this.path = path;
  }

  /**
   * Which file or folder.
   *
   * @return the path; empty where a text was given
   */
  public Optional<Path> path() {
    return Optional.ofNullable(path);
  }
}
