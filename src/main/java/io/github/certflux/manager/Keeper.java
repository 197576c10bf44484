package io.github.certflux.manager;

import io.github.certflux.internal.Timing;
import io.github.certflux.manager.DueQueue.Next;
import io.github.certflux.manager.StoredCertificates.Read;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Looks at one certificate: reads what is stored, takes over what is newer, and does what is due
 * under the lease, after reading once more.
 */
final class Keeper {
  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);

  private static final Duration BUSY = Duration.ofSeconds(2);
  private static final Duration STORE_FAILED = Duration.ofSeconds(5);
  private static final Duration LONGEST_STORE_FAILED = Duration.ofMinutes(5);
  private static final Duration ARI_FAILED = Duration.ofHours(1);
  private static final Duration ARI_LEAST = Duration.ofMinutes(1);
  private static final Duration NO_ARI = Duration.ofDays(1);

  private final StoredCertificates stored;
  private final Map<URI, Authority> authorities = new LinkedHashMap<>();
  private final List<URI> cas;
  private final Planner planner;
  private final Timing timing;
  private final WorkLease leases;
  private final NewOrders newOrders;
  private final Ordering ordering;
  private final Installed installed;
  private final Function<Managed, Mono<Boolean>> wanted;

  Keeper(
      StoredCertificates stored,
      List<Authority> authorities,
      Planner planner,
      Timing timing,
      WorkLease leases,
      NewOrders newOrders,
      boolean keepKeys,
      Installed installed,
      Function<Managed, Mono<Boolean>> wanted) {
    this.stored = stored;
    authorities.forEach(ca -> this.authorities.put(ca.directory(), ca));
    this.cas = List.copyOf(this.authorities.keySet());
    this.planner = planner;
    this.timing = timing;
    this.leases = leases;
    this.newOrders = newOrders;
    this.ordering = new Ordering(stored, this.authorities, planner, timing, keepKeys, installed);
    this.installed = installed;
    this.wanted = wanted;
  }

  /** One look; signals when to look again, and never fails. */
  Mono<Next> look(Managed managed, boolean mayOrder) {
    return seen(managed)
        .flatMap(read -> doing(managed, read, mayOrder))
        .onErrorResume(error -> Mono.just(troubled(managed, error)))
        .defaultIfEmpty(Next.at(timing.now().plus(BUSY)));
  }

  private Mono<Next> doing(Managed managed, Read read, boolean mayOrder) {
    Step step = step(managed, read.record());
    if (step.kind() == Step.Kind.WAIT) {
      managed.storeFailures = 0;
      return Mono.just(Next.at(step.at()));
    }
    if (step.kind() == Step.Kind.ORDER && !mayOrder) {
      return wanted
          .apply(managed)
          .map(
              yes ->
                  yes
                      ? place(managed, read.record())
                      : Next.at(timing.now().plus(LONGEST_STORE_FAILED)));
    }
    return leases
        .ifFree(
            stored.tryLease(managed.id(), leases.term()),
            lease -> seen(managed).flatMap(fresh -> work(managed, fresh, lease, mayOrder)))
        .doOnNext(next -> managed.busy = 0)
        .switchIfEmpty(
            Mono.fromSupplier(
                () -> {
                  Duration longest = leases.term().dividedBy(4);
                  Duration wait = Timing.doubled(BUSY, managed.busy++, longest);
                  return Next.at(timing.now().plus(timing.jitter(wait)));
                }));
  }

  /** What others have done since the first reading is not done again. */
  private Mono<Next> work(Managed managed, Read read, Lease lease, boolean mayOrder) {
    Step step = step(managed, read.record());
    return switch (step.kind()) {
      case WAIT -> Mono.just(Next.at(step.at()));
      case CHECK -> check(managed, read, lease);
      case ORDER ->
          mayOrder
              ? order(managed, read, step.ca().orElseThrow(), lease)
              : Mono.just(place(managed, read.record()));
    };
  }

  private Mono<Next> order(Managed managed, Read read, URI ca, Lease lease) {
    managed.slot = null;
    return ordering.at(ca, managed, read, lease).map(written -> next(managed, written));
  }

  /**
   * An order that renews nothing waits for its turn, but for one that a handshake waits for, which
   * has a bound of its own; any waits for a place.
   */
  private Next place(Managed managed, CertificateRecord record) {
    Instant now = timing.now();
    if (record.current().isPresent()) {
      return new Next(now, true);
    }
    Instant taken = managed.slot;
    Instant slot = taken == null ? newOrders.take(now) : newOrders.keep(taken, now);
    managed.slot = slot;
    return slot.isAfter(now) && !managed.onDemand ? Next.at(slot) : new Next(now, true);
  }

  private Step step(Managed managed, CertificateRecord record) {
    Instant now = timing.now();
    CertificateRecord believed = managed.doubts(now) ? record.believable(now) : record;
    return Step.of(believed, cas, now, managed.endToldSoon, managed.endTold);
  }

  // ---- reading

  /**
   * Reads the record and takes over a certificate that is new here. One whose chain or key is gone
   * counts as none, once it was read again: somebody may just have replaced it.
   */
  private Mono<Read> seen(Managed managed) {
    return seen(managed, null);
  }

  private Mono<Read> seen(Managed managed, @Nullable String before) {
    return stored
        .read(managed.id(), managed.set.names(), managed.seen)
        .flatMap(
            read -> {
              Read last = managed.seen;
              if (last != null && read.version().equals(last.version())) {
                installed.remind(managed, timing.now());
                return Mono.just(read);
              }
              return taken(managed, read)
                  .switchIfEmpty(
                      Mono.defer(
                          () ->
                              read.version().equals(before)
                                  ? Mono.just(without(managed, read))
                                  : seen(managed, read.version())));
            });
  }

  /** Empty where the record names what can't be loaded. */
  private Mono<Read> taken(Managed managed, Read read) {
    CertificateRecord record = read.record();
    String fingerprint = record.current().map(CertificateRecord.Current::chain).orElse("");
    Mono<Optional<ManagedCertificate>> certificate =
        fingerprint.isEmpty() || fingerprint.equals(managed.fingerprint())
            ? Mono.just(Optional.empty())
            : stored.load(managed.id(), record).map(Optional::of);
    return certificate.map(
        loaded -> {
          Instant now = timing.now();
          if (managed.certificate == null && loaded.isEmpty()) {
            Optional<Instant> next = Step.nextTry(record, cas, now).map(Tries.Turn::at);
            if (next.isEmpty() || next.get().isAfter(now)) {
              installed.failedBefore(managed, record, next);
            }
          }
          installed.take(managed, read, loaded, now);
          return read;
        });
  }

  private static Read without(Managed managed, Read read) {
    LOG.warn("event=certificate-lost id={} next=new-order", managed);
    CertificateRecord record = read.record();
    return new Read(
        read.stored(),
        new CertificateRecord(record.names(), Optional.empty(), Optional.empty(), record.tries()));
  }

  // ---- renewal information

  private Mono<Next> check(Managed managed, Read read, Lease lease) {
    CertificateRecord record = read.record();
    ManagedCertificate certificate = managed.certificate;
    Authority authority =
        record.current().flatMap(CertificateRecord.Current::ca).map(authorities::get).orElse(null);
    Validity validity = record.current().orElseThrow().validity();
    RenewalPlan before = plan(record, validity);
    Mono<RenewalPlan> asked =
        authority == null || certificate == null
            ? Mono.empty()
            : Mono.justOrEmpty(certificate.id())
                .flatMap(authority::renewalInfo)
                .map(
                    info -> {
                      RenewalPlan after = planner.suggested(before, info, validity, timing.now());
                      if (!after.window().equals(before.window())
                          && Planner.movedUp(before, info, validity, timing.now())) {
                        installed.movedUp(managed, after);
                      }
                      return after;
                    });
    return asked
        .onErrorResume(
            error -> {
              LOG.debug("event=renewal-info-failed id={}", managed, error);
              return Mono.just(
                  before.checkedAgain(timing.now().plus(planner.later(checkedAgain(error)))));
            })
        .defaultIfEmpty(before.checkedAgain(timing.now().plus(NO_ARI)))
        .map(after -> ordering.notAgain(record.withPlan(after)))
        .flatMap(after -> stored.write(managed.id(), read, after, lease))
        .map(
            written -> {
              managed.lastSaid = timing.now();
              installed.take(managed, written, Optional.empty(), timing.now());
              return next(managed, written);
            });
  }

  /** As the CA says, within the bounds that an answer has. */
  private static Duration checkedAgain(Throwable error) {
    if (error instanceof AcmeRateLimitException limit && limit.retryAfter().isPresent()) {
      Duration asked = limit.retryAfter().get();
      return asked.compareTo(ARI_LEAST) < 0
          ? ARI_LEAST
          : asked.compareTo(NO_ARI) > 0 ? NO_ARI : asked;
    }
    return error instanceof AcmeNotOfferedException ? NO_ARI : ARI_FAILED;
  }

  private static RenewalPlan plan(CertificateRecord record, Validity validity) {
    return record
        .plan()
        .orElseGet(
            () ->
                new RenewalPlan(
                    RenewalTimes.usual(validity).start(),
                    Optional.empty(),
                    Optional.empty(),
                    Instant.EPOCH));
  }

  // ---- what comes next

  /** After something was written. */
  private Next next(Managed managed, Read written) {
    managed.storeFailures = 0;
    Step step = step(managed, written.record());
    return switch (step.kind()) {
      case WAIT -> Next.at(step.at());
      case CHECK -> Next.at(timing.now());
      case ORDER -> place(managed, written.record());
    };
  }

  /** The store failed, or somebody else has the certificate: no try at a CA has failed. */
  private Next troubled(Managed managed, Throwable error) {
    installed.remind(managed, timing.now());
    if (error instanceof StoreConflictException) {
      return Next.at(timing.now().plus(timing.jitter(BUSY)));
    }
    Duration wait =
        timing.jitter(Timing.doubled(STORE_FAILED, managed.storeFailures++, LONGEST_STORE_FAILED));
    Instant next = timing.now().plus(wait);
    if (managed.storeFailures == 1) {
      LOG.warn("event=certificate-not-looked-at id={} next={}", managed, next, error);
      installed.failed(managed, null, error, Optional.of(next));
    }
    return Next.at(next);
  }
}
