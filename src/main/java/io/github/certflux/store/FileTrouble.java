package io.github.certflux.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Says of a failed call what could not be done, with which file, why, and what to do. */
final class FileTrouble {

  private FileTrouble() {}

  /**
   * An error as the store signals it.
   *
   * @param path the record or lease concerned
   * @param doing such as "read accounts/a.json"
   */
  static Throwable explain(Path root, String path, String doing, Throwable error) {
    if (error instanceof IOException trouble) {
      return new StoreException(
          path,
          "cannot " + doing + ": " + where(root, trouble) + " " + why(root, trouble),
          trouble);
    }
    if (error instanceof InvalidPathException) {
      return new StoreException(
          path, "cannot " + doing + ": no file of this system can have that name", error);
    }
    return error;
  }

  private static String where(Path root, IOException trouble) {
    String file = trouble instanceof FileSystemException named ? named.getFile() : null;
    return file == null ? "in " + root : file;
  }

  private static String why(Path root, IOException trouble) {
    String reason = reason(trouble);
    String lower = reason.toLowerCase(Locale.ROOT);
    if (trouble instanceof AccessDeniedException || lower.contains("permission denied")) {
      return "permission denied: let the user "
          + System.getProperty("user.name")
          + " read and write "
          + root
          + " and all below it";
    }
    if (lower.contains("no space left")
        || lower.contains("quota")
        || lower.contains("not enough space")) {
      return "the disk is full (" + reason + "): free some space, and try again";
    }
    if (lower.contains("read-only")) {
      return "the file system is read-only: choose a directory that can be written to";
    }
    if (lower.equals("not a directory")) {
      return "is not below a directory: see what " + root + " is";
    }
    if (lower.contains("too many open files")) {
      return "too many open files: raise the limit of this process (ulimit -n)";
    }
    return reason;
  }

  private static String reason(IOException trouble) {
    @Nullable String reason =
        trouble instanceof FileSystemException named && named.getReason() != null
            ? named.getReason()
            : null;
    if (reason != null) {
      return reason;
    }
    String message = trouble.getMessage();
    String name = trouble.getClass().getSimpleName();
    return message == null || trouble instanceof FileSystemException
        ? name
        : message + " (" + name + ")";
  }
}
