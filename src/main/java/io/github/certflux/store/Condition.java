package io.github.certflux.store;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What must be so for a write or a deletion to happen. */
public final class Condition {
  private static final Condition NONE = new Condition(Kind.NONE, null, null);
  private static final Condition ABSENT = new Condition(Kind.ABSENT, null, null);

  /** What is asked of the record. */
  public enum Kind {
    /** Nothing. */
    NONE,
    /** There must be none. */
    ABSENT,
    /** It must have the version. */
    VERSION
  }

  private final Kind kind;
  private final @Nullable String version;
  private final @Nullable Lease lease;

  private Condition(Kind kind, @Nullable String version, @Nullable Lease lease) {
    this.kind = kind;
    this.version = version;
    this.lease = lease;
  }

  /** {@return a condition that always holds} */
  public static Condition none() {
    return NONE;
  }

  /** {@return the condition that there is no record yet} */
  public static Condition absent() {
    return ABSENT;
  }

  /**
   * The record must not have changed since it was read.
   *
   * @param record as it was read
   * @return the condition
   */
  public static Condition unchanged(StoreRecord record) {
    return new Condition(Kind.VERSION, record.version(), null);
  }

  /**
   * And the lease was not released and its token is the highest that was given out for it. A term
   * that ended does no harm as long as nobody took the lease since.
   *
   * @param holder the lease
   * @return both conditions
   */
  public Condition under(Lease holder) {
    return new Condition(kind, version, holder);
  }

  /** {@return what is asked of the record} */
  public Kind kind() {
    return kind;
  }

  /** {@return the version asked for} */
  public Optional<String> version() {
    return Optional.ofNullable(version);
  }

  /** {@return the lease that must still be the newest} */
  public Optional<Lease> lease() {
    return Optional.ofNullable(lease);
  }
}
