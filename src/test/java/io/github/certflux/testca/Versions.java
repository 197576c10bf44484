package io.github.certflux.testca;

import org.jspecify.annotations.Nullable;

/**
 * A row with its past, as far back as the slowest replica still shows it. Guarded by its table.
 *
 * @param <T> an immutable row
 */
final class Versions<T> {
  private final long keepMillis;
  private Version<T> head;

  /** A row that exists from now on. */
  Versions(T first, long now, long keepMillis) {
    this.keepMillis = keepMillis;
    this.head = new Version<>(first, now);
  }

  private static final class Version<T> {
    final T value;
    final long since;
    @Nullable Version<T> older;

    Version(T value, long since) {
      this.value = value;
      this.since = since;
    }
  }

  /** The row on the primary database. */
  T latest() {
    return head.value;
  }

  /** The row on a replica that lags, null where it has not arrived yet. */
  @Nullable T seen(long now, long lag) {
    if (lag == 0) {
      return head.value;
    }
    for (Version<T> v = head; v != null; v = v.older) {
      if (now - v.since >= lag) {
        return v.value;
      }
    }
    return null;
  }

  void put(T value, long now) {
    Version<T> next = new Version<>(value, now);
    if (keepMillis > 0) {
      next.older = head;
      for (Version<T> v = head; v != null; v = v.older) {
        if (now - v.since >= keepMillis) {
          v.older = null;
        }
      }
    }
    head = next;
  }
}
