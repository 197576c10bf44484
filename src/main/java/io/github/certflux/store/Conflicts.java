package io.github.certflux.store;

import org.jspecify.annotations.Nullable;

/** Whether a condition holds, and how it is told that it does not. */
final class Conflicts {

  private Conflicts() {}

  /**
   * Checks what a condition asks of the record; what it asks of a lease is the store's to check.
   *
   * @param current the version of the record now, null where there is none
   */
  static void check(String path, Condition condition, @Nullable String current) {
    switch (condition.kind()) {
      case NONE -> {}
      case ABSENT -> {
        if (current != null) {
          throw new StoreConflictException(path, path + " is there already");
        }
      }
      case VERSION -> {
        if (current == null) {
          throw new StoreConflictException(path, path + " was deleted since it was read");
        }
        if (!condition.version().orElseThrow().equals(current)) {
          throw new StoreConflictException(path, path + " was changed since it was read");
        }
      }
    }
  }

  /** As {@link #check}, but what is to go may be gone already. */
  static void checkDelete(String path, Condition condition, @Nullable String current) {
    if (current != null) {
      check(path, condition, current);
    }
  }

  static StoreConflictException leaseLost(String path, Lease lease) {
    return new StoreConflictException(
        path,
        "the lease "
            + lease.path()
            + " with token "
            + lease.token()
            + " is no longer held: it was released, or its term ended and another took it");
  }
}
