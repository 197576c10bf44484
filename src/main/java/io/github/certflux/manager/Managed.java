package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.manager.StoredCertificates.Read;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * A certificate that is kept valid, as this node knows it. What a look at it finds is written by
 * that look alone, of which there is one at a time; the queue's fields belong to {@link DueQueue}.
 */
final class Managed {
  private static final Duration BELIEVES = Duration.ofHours(6);

  final NameSet set;
  volatile OrderRequest request;
  final List<EventQueue> listeners = new CopyOnWriteArrayList<>();

  volatile @Nullable ManagedCertificate certificate;

  /** A handshake may have chosen it just before it was replaced. */
  volatile WeakReference<ManagedCertificate> previous = new WeakReference<>(null);

  /** What was read last. */
  @Nullable Read seen;

  /** Issued, and not stored yet: the lease on it was lost before. */
  @Nullable ManagedCertificate inHand;

  /** When this node last wrote until when all are to wait. */
  @Nullable Instant lastSaid;

  @Nullable Instant planned;
  boolean endToldSoon;
  boolean endTold;

  /** How often in a row the store failed, or somebody else had the lease. */
  int storeFailures;

  int busy;

  /** From when on its first order may be sent; empty as long as none is to be sent. */
  @Nullable Instant slot;

  /** Whether somebody has asked for it since it was last renewed; for what is issued on demand. */
  volatile boolean asked = true;

  final boolean onDemand;

  /** Managed although nobody is subscribed. */
  volatile boolean pinned;

  long due;
  long number;
  boolean ordering;
  boolean again;
  boolean removed;
  @Nullable Disposable running;

  Managed(NameSet set, OrderRequest request, boolean onDemand) {
    this.set = set;
    this.request = request;
    this.onDemand = onDemand;
  }

  /** Whether a handshake waits for it: it goes before the others. */
  boolean isAwaited() {
    return onDemand && certificate == null;
  }

  /** Of the certificate that was read last. */
  String fingerprint() {
    Read last = seen;
    return last == null || certificate == null
        ? ""
        : last.record().current().map(CertificateRecord.Current::chain).orElse("");
  }

  /**
   * Whether a time in the record that is beyond reason is not believed. Not again for a while, or
   * two nodes with different clocks would take turns without a wait.
   */
  boolean doubts(Instant now) {
    Instant last = lastSaid;
    return last == null || last.isAfter(now) || !last.plus(BELIEVES).isAfter(now);
  }

  String id() {
    return set.id();
  }

  @Override
  public String toString() {
    return set.id();
  }
}
