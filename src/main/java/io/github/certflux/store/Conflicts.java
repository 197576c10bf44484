package io.github.certflux.store;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

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
          throw isThere(path);
        }
      }
      case VERSION -> {
        if (current == null) {
          throw wasDeleted(path);
        }
        if (!condition.version().orElseThrow().equals(current)) {
          throw wasChanged(path);
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

  /** What a server says that came of a change. */
  static Mono<Void> outcome(String outcome, String path, Condition condition) {
    return switch (outcome) {
      case "done" -> Mono.empty();
      case "lost" -> Mono.error(leaseLost(path, condition.lease().orElseThrow()));
      case "there" -> Mono.error(isThere(path));
      case "deleted" -> Mono.error(wasDeleted(path));
      case "changed" -> Mono.error(wasChanged(path));
      default -> Mono.error(new StoreException(path, "the server says " + outcome, null));
    };
  }

  private static StoreConflictException isThere(String path) {
    return new StoreConflictException(path, path + " is there already");
  }

  private static StoreConflictException wasDeleted(String path) {
    return new StoreConflictException(path, path + " was deleted since it was read");
  }

  private static StoreConflictException wasChanged(String path) {
    return new StoreConflictException(path, path + " was changed since it was read");
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
