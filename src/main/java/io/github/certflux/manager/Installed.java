package io.github.certflux.manager;

import io.github.certflux.manager.CertificateEvent.Kind;
import io.github.certflux.manager.StoredCertificates.Read;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
    newer.ifPresent(
        certificate -> {
          managed.inHand = null;
          use(managed, certificate, first ? Kind.FOUND : Kind.OBTAINED);
        });
    remind(managed, now);
  }

  /** It was issued, and can't be stored now. */
  void use(Managed managed, ManagedCertificate certificate) {
    use(managed, certificate, Kind.OBTAINED);
  }

  private void use(Managed managed, ManagedCertificate certificate, Kind kindOfFirst) {
    ManagedCertificate before = managed.certificate;
    if (certificate == before) {
      return;
    }
    managed.previous = new WeakReference<>(before);
    managed.certificate = certificate;
    managed.endToldSoon = false;
    managed.endTold = false;
    Kind kind = before != null ? Kind.RENEWED : kindOfFirst;
    managed.asked = kind == Kind.FOUND; // by whoever had it looked for
    LOG.info(
        "event=certificate-{} id={} until={} renewal={}",
        kind.word(),
        managed,
        certificate.notAfter(),
        managed.planned);
    tell(
        managed,
        kind,
        certificate.ca(),
        null,
        Optional.ofNullable(managed.planned),
        Optional.empty());
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
    LOG.warn("event=certificate-{} id={}", kind.word(), managed);
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

  /** Tries of another node, or before a restart, of which those that wait here know nothing yet. */
  void failedBefore(Managed managed, CertificateRecord record, Optional<Instant> next) {
    Map<URI, Tries> known = managed.seen == null ? Map.of() : managed.seen.record().tries();
    record
        .tries()
        .forEach(
            (ca, tries) -> {
              if (!tries.equals(known.get(ca))) {
                LOG.warn(
                    "event=renewal-failed-before id={} ca={} failures={} next={} reason=\"{}\"",
                    managed,
                    ca,
                    tries.failures(),
                    next.map(Instant::toString).orElse("none"),
                    tries.reason());
                failed(
                    managed,
                    ca,
                    new IllegalStateException("the last try at " + ca + ": " + tries.reason()),
                    next);
              }
            });
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
