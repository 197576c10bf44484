package io.github.certflux.manager;

import io.github.certflux.manager.CertificateEvent.Kind;
import io.github.certflux.manager.StoredCertificates.Read;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts what a look has found to use, and tells of it.
 *
 * @param calendar knows when all are renewed
 * @param everywhere hear of all
 */
record Installed(Calendar calendar, List<EventQueue> everywhere) {
  private static final Logger LOG = LoggerFactory.getLogger(Installed.class);

  /** The record was read, or written; its certificate is new here, if one is given. */
  void take(Managed managed, Read read, Optional<ManagedCertificate> newer, Instant now) {
    boolean first = managed.seen == null;
    managed.seen = read;
    plan(managed, read.record().plan().map(RenewalPlan::renewAt).orElse(null));
    if (newer.isPresent()) {
      ManagedCertificate before = managed.certificate;
      managed.previous = new WeakReference<>(before);
      managed.certificate = newer.get();
      managed.endToldSoon = false;
      managed.endTold = false;
      managed.asked = false;
      Kind kind = before != null ? Kind.RENEWED : first ? Kind.FOUND : Kind.OBTAINED;
      LOG.info(
          "event=certificate-{} id={} until={} renewal={}",
          kind.name().toLowerCase(Locale.ROOT),
          managed,
          newer.get().notAfter(),
          managed.planned);
      tell(
          managed,
          kind,
          newer.get().ca(),
          null,
          Optional.ofNullable(managed.planned),
          Optional.empty());
    }
    remind(managed, now);
  }

  /** Tells once that the certificate ends soon, and once that it has. */
  void remind(Managed managed, Instant now) {
    ManagedCertificate certificate = managed.certificate;
    if (certificate == null || managed.endTold) {
      return;
    }
    Validity validity = certificate.validity();
    if (!validity.until().isAfter(now)) {
      managed.endTold = true;
      managed.endToldSoon = true;
      end(managed, Kind.EXPIRED);
    } else if (!managed.endToldSoon && !RenewalTimes.endsSoon(validity).isAfter(now)) {
      managed.endToldSoon = true;
      end(managed, Kind.ENDS_SOON);
    }
  }

  private void end(Managed managed, Kind kind) {
    LOG.warn(
        "event=certificate-{} id={}",
        kind.name().toLowerCase(Locale.ROOT).replace('_', '-'),
        managed);
    tell(managed, kind, ca(managed), null, Optional.empty(), Optional.empty());
  }

  void movedUp(Managed managed, RenewalPlan plan) {
    LOG.warn("event=renewal-moved-up id={} renewal={}", managed, plan.renewAt());
    tell(
        managed, Kind.MOVED_UP, ca(managed), null, Optional.of(plan.renewAt()), plan.explanation());
  }

  /**
   * An attempt failed.
   *
   * @param ca where; {@code null} if it did not come to that
   * @param next when it is tried again; empty if a person must act first
   */
  void failed(Managed managed, @Nullable URI ca, Throwable error, Optional<Instant> next) {
    tell(managed, Kind.FAILED, Optional.ofNullable(ca), error, next, Optional.empty());
  }

  /** To a subscriber that came later: there is a certificate already. */
  void welcome(Managed managed, EventQueue listener) {
    ManagedCertificate certificate = managed.certificate;
    if (certificate != null) {
      listener.tell(
          managed.id(),
          event(
              managed,
              Kind.FOUND,
              certificate.ca(),
              null,
              Optional.ofNullable(managed.planned),
              Optional.empty()));
    }
  }

  /** It is managed no longer. */
  void forget(Managed managed) {
    plan(managed, null);
  }

  private synchronized void plan(Managed managed, @Nullable Instant renewal) {
    if (managed.planned != null) {
      calendar.remove(managed.planned);
    }
    managed.planned = renewal;
    if (renewal != null) {
      calendar.add(renewal);
    }
  }

  private static Optional<URI> ca(Managed managed) {
    return Optional.ofNullable(managed.certificate).flatMap(ManagedCertificate::ca);
  }

  private void tell(
      Managed managed,
      Kind kind,
      Optional<URI> ca,
      @Nullable Throwable error,
      Optional<Instant> next,
      Optional<URI> explanation) {
    CertificateEvent event = event(managed, kind, ca, error, next, explanation);
    managed.listeners.forEach(listener -> listener.tell(managed.id(), event));
    everywhere.forEach(listener -> listener.tell(managed.id(), event));
  }

  private static CertificateEvent event(
      Managed managed,
      Kind kind,
      Optional<URI> ca,
      @Nullable Throwable error,
      Optional<Instant> next,
      Optional<URI> explanation) {
    return new CertificateEvent(
        kind,
        managed.set.names(),
        Optional.ofNullable(managed.certificate),
        ca,
        Optional.ofNullable(error),
        next,
        explanation);
  }
}
