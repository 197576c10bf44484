package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.Timing;
import io.github.certflux.manager.StoredCertificates.Read;
import io.github.certflux.protocol.AcmePausedException;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A try at a CA, under the lease on the certificate, and what is written of how it ended.
 *
 * @param stored where
 * @param authorities the CAs, by their directories
 * @param planner plans renewals
 * @param timing time and chance
 * @param keepKeys whether a renewal keeps the key
 * @param installed puts what was issued to use
 */
record Ordering(
    StoredCertificates stored,
    Map<URI, Authority> authorities,
    Planner planner,
    Timing timing,
    boolean keepKeys,
    Installed installed) {
  private static final Logger LOG = LoggerFactory.getLogger(Ordering.class);

  private static final Duration NO_LIFETIME_YET = Duration.ofDays(90);
  private static final Duration BRIEF = Duration.ofHours(1);
  private static final Duration A_MOMENT = Duration.ofSeconds(5);
  private static final Duration STORE_AGAIN = Duration.ofSeconds(1);
  private static final String DUE = "due when it came";
  private static final int LONGEST_REASON = 200;

  /** Signals the record as it was written: with the certificate, or with one more failure. */
  Mono<Read> at(URI ca, Managed managed, Read read, Lease lease) {
    ManagedCertificate inHand = managed.inHand;
    if (inHand != null) { // the lease was lost before it was stored, and nobody else has one
      return keep(managed, read, inHand, lease);
    }
    Authority authority = authorities.get(ca);
    if (authority == null) {
      return Mono.error(new IllegalStateException("no CA " + ca));
    }
    Mono<Read> issued =
        Mono.defer(
            () ->
                authority.issue(
                    request(managed, read.record(), ca),
                    answer -> kept(managed, read, ca, answer, lease)));
    return issued
        .switchIfEmpty(issued) // that was an order of old, which is forgotten now
        .switchIfEmpty(
            Mono.error(() -> new IllegalStateException("the CA gave the certificate there is")))
        .onErrorResume(
            error ->
                error instanceof StoreException || managed.inHand != null
                    ? Mono.error(error) // no failure of the CA
                    : failed(managed, read, ca, error, lease));
  }

  /** What is replaced is named to the CA that issued it alone; the key stays if it is to stay. */
  private OrderRequest request(Managed managed, CertificateRecord record, URI ca) {
    OrderRequest request = managed.request;
    ManagedCertificate certificate = managed.certificate;
    if (certificate == null || record.current().isEmpty()) {
      return request;
    }
    if (keepKeys) {
      request = request.withCsr(request.csr().withKey(certificate.key()));
    }
    return certificate.ca().equals(Optional.of(ca))
        ? certificate.id().map(request::withReplaces).orElse(request)
        : request;
  }

  /**
   * Empty if it is the certificate that there is already, or one before it. One that is worse than
   * what there is counts as a failure; its order is over, so that the next try makes a new one.
   */
  private Mono<Read> kept(
      Managed managed, Read read, URI ca, Authority.Issued issued, Lease lease) {
    ManagedCertificate certificate =
        new ManagedCertificate(managed.set.names(), issued.chain(), issued.key(), ca);
    Optional<CertificateRecord.Current> current = read.record().current();
    Instant now = timing.now();
    if (current.filter(there -> isOld(certificate, there, now)).isPresent()) {
      LOG.warn("event=order-of-old id={} ca={} next=new-order", managed, ca);
      return Mono.empty();
    }
    Validity comes = certificate.validity();
    if (current.filter(there -> RenewalTimes.isWorse(comes, there.validity(), now)).isPresent()) {
      return failed(managed, read, ca, worse(comes), lease);
    }
    managed.inHand = certificate;
    return keep(managed, read, certificate, lease);
  }

  private static IllegalStateException worse(Validity comes) {
    return new IllegalStateException(
        "the CA's certificate is valid from "
            + comes.from()
            + " until "
            + comes.until()
            + ", which is worse than the one there is: is a clock wrong?");
  }

  /**
   * What the journal of an order that was not cleared has brought back. One that there is of a time
   * to come makes none old.
   */
  private static boolean isOld(
      ManagedCertificate certificate, CertificateRecord.Current there, Instant now) {
    CertificateRecord.Current issued = StoredCertificates.current(certificate, Optional.empty());
    return issued.chain().equals(there.chain())
        || (issued.ca().equals(there.ca())
            && !there.validity().from().isAfter(now)
            && issued.validity().from().isBefore(there.validity().from()));
  }

  /** A store that is down for a while must not cost a certificate that is here already. */
  private Mono<Read> keep(Managed managed, Read read, ManagedCertificate certificate, Lease lease) {
    CertificateRecord after = with(managed, read.record(), certificate);
    return stored
        .replace(managed.id(), read, after, certificate, lease)
        .doOnError(StoreException.class, error -> installed.use(managed, certificate))
        .retryWhen(timing.again(STORE_AGAIN, Ordering::mayPass))
        .onErrorResume(
            StoreConflictException.class,
            lost -> ourOwn(managed, after).switchIfEmpty(Mono.error(lost)))
        .doOnNext(
            written -> installed.take(managed, written, Optional.of(certificate), timing.now()));
  }

  /**
   * The record with a new certificate. One that is due when it comes, since the clock is wrong or
   * it is backdated, and one that lives for a moment, is no more than a failure of the CA: or it
   * would be ordered without end.
   */
  private CertificateRecord with(
      Managed managed, CertificateRecord record, ManagedCertificate certificate) {
    Instant now = timing.now();
    Validity validity = certificate.validity();
    CertificateRecord after =
        record.withCurrent(
            StoredCertificates.current(certificate, Optional.of(now)),
            planner.usual(validity, now, now));
    URI ca = certificate.ca().orElseThrow();
    Duration lifetime = validity.lifetime();
    if (!Step.isDue(after, now) && lifetime.compareTo(A_MOMENT) >= 0) {
      return after;
    }
    int failures = failures(record, ca) + 1;
    Duration fits = lifetime.compareTo(BRIEF) < 0 ? NO_LIFETIME_YET : lifetime;
    Instant next = now.plus(Backoff.after(failures, fits));
    LOG.warn(
        "event=certificate-due-already id={} until={} next={}", managed, validity.until(), next);
    return after.withTries(ca, new Tries(failures, next, false, DUE));
  }

  /** A write whose answer was lost is refused when it is sent again, since it was done. */
  private Mono<Read> ourOwn(Managed managed, CertificateRecord after) {
    return stored
        .read(managed.id(), managed.set.names(), null)
        .filter(read -> read.record().current().equals(after.current()));
  }

  private Mono<Read> failed(Managed managed, Read read, URI ca, Throwable error, Lease lease) {
    CertificateRecord record = read.record();
    Instant now = timing.now();
    int failures = failures(record, ca) + 1;
    Duration lifetime = record.current().map(c -> lifetime(c, ca, now)).orElse(NO_LIFETIME_YET);
    Duration wait = Backoff.after(failures, lifetime);
    Instant next = now.plus(wait.minus(planner.upTo(wait.dividedBy(8))));
    if (error instanceof AcmeRateLimitException limit && limit.retryAfter().isPresent()) {
      Duration asked = limit.retryAfter().get();
      asked = asked.compareTo(Tries.LONGEST) > 0 ? Tries.LONGEST : asked;
      Instant allowed = now.plus(planner.later(asked));
      next = allowed.isAfter(next) ? allowed : next;
    }
    Tries tries = new Tries(failures, next, error instanceof AcmePausedException, reason(error));
    CertificateRecord after = record.withTries(ca, tries);
    LOG.warn(
        "event=renewal-failed id={} ca={} failures={} next={}", managed, ca, failures, next, error);
    return stored
        .write(managed.id(), read, after, lease)
        .retryWhen(timing.again(STORE_AGAIN, Ordering::mayPass))
        .doOnNext(
            written -> {
              managed.lastSaid = timing.now();
              installed.take(managed, written, Optional.empty(), timing.now());
              List<URI> cas = List.copyOf(authorities.keySet());
              installed.failed(
                  managed, ca, error, Step.nextTry(after, cas, timing.now()).map(Tries.Turn::at));
            });
  }

  /**
   * The lifetime that waits are to fit. A brief one hurries the CA that has issued it alone, and
   * once it has ended it counts as one of an hour.
   */
  private static Duration lifetime(CertificateRecord.Current there, URI ca, Instant now) {
    Duration lifetime = there.validity().lifetime();
    if (lifetime.compareTo(BRIEF) >= 0) {
      return lifetime;
    }
    if (!there.ca().equals(Optional.of(ca))) {
      return NO_LIFETIME_YET;
    }
    return there.validity().until().isAfter(now) ? lifetime : BRIEF;
  }

  /**
   * The record after a check that may make it due: what was ordered a moment ago is due only by a
   * clock that is wrong, or since it is backdated, and must not be ordered without end.
   */
  CertificateRecord notAgain(CertificateRecord record) {
    Instant now = timing.now();
    CertificateRecord.Current current = record.current().orElseThrow();
    Duration wait = Backoff.longest(current.validity().lifetime());
    Instant next = current.ordered().map(at -> (at.isAfter(now) ? now : at).plus(wait)).orElse(now);
    if (current.ca().isEmpty() || !Step.isDue(record, now) || !next.isAfter(now)) {
      return record;
    }
    URI ca = current.ca().get();
    Tries tries = record.tries().get(ca);
    return tries != null && tries.next().isAfter(now)
        ? record
        : record.withTries(ca, new Tries(1, next, false, DUE));
  }

  private static int failures(CertificateRecord record, URI ca) {
    return Optional.ofNullable(record.tries().get(ca)).map(Tries::failures).orElse(0);
  }

  private static boolean mayPass(Throwable error) {
    return error instanceof StoreException && !(error instanceof StoreConflictException);
  }

  private static String reason(Throwable error) {
    String text = NotAcme.printable(String.valueOf(error.getMessage()));
    return text.length() <= LONGEST_REASON ? text : text.substring(0, LONGEST_REASON);
  }
}
