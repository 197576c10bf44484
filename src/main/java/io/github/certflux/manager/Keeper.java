package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.Timing;
import io.github.certflux.manager.DueQueue.Next;
import io.github.certflux.manager.StoredCertificates.Read;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmePausedException;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
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

  private static final Duration NO_LIFETIME_YET = Duration.ofDays(90);
  private static final Duration BUSY = Duration.ofSeconds(2);
  private static final Duration LONGEST_BUSY = Duration.ofSeconds(10);
  private static final Duration STORE_FAILED = Duration.ofSeconds(5);
  private static final Duration LONGEST_STORE_FAILED = Duration.ofMinutes(5);
  private static final Duration STORE_AGAIN = Duration.ofSeconds(1);
  private static final Duration ARI_FAILED = Duration.ofHours(1);
  private static final Duration NO_ARI = Duration.ofDays(1);
  private static final int LONGEST_REASON = 200;

  private final StoredCertificates stored;
  private final Map<URI, Authority> authorities = new LinkedHashMap<>();
  private final List<URI> cas;
  private final Planner planner;
  private final Timing timing;
  private final WorkLease leases;
  private final NewOrders newOrders;
  private final boolean keepKeys;
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
    this.keepKeys = keepKeys;
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
            stored.tryLease(managed.id(), WorkLease.TERM),
            lease -> seen(managed).flatMap(fresh -> work(managed, fresh, lease, mayOrder)))
        .doOnNext(next -> managed.busy = 0)
        .switchIfEmpty(
            Mono.fromSupplier(
                () -> {
                  Duration wait = Timing.doubled(BUSY, managed.busy++, LONGEST_BUSY);
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

  /** An order that renews nothing waits for its turn; any waits for a place. */
  private Next place(Managed managed, CertificateRecord record) {
    Instant now = timing.now();
    if (record.current().isPresent()) {
      return new Next(now, true);
    }
    Instant slot = managed.slot == null ? newOrders.take(now) : managed.slot;
    managed.slot = slot;
    return slot.isAfter(now) ? Next.at(slot) : new Next(now, true);
  }

  private Step step(Managed managed, CertificateRecord record) {
    return Step.of(record, cas, timing.now(), managed.endToldSoon, managed.endTold);
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
            })
        .doOnNext(read -> managed.storeFailures = 0);
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
          installed.take(managed, read, loaded, timing.now());
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
              boolean never = error instanceof AcmeNotOfferedException;
              LOG.debug("event=renewal-info-failed id={}", managed, error);
              return Mono.just(
                  before.checkedAgain(timing.now().plus(later(never ? NO_ARI : ARI_FAILED))));
            })
        .defaultIfEmpty(before.checkedAgain(timing.now().plus(NO_ARI)))
        .flatMap(after -> stored.write(managed.id(), read, record.withPlan(after), lease))
        .map(written -> next(managed, written, Optional.empty()));
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

  // ---- ordering

  private Mono<Next> order(Managed managed, Read read, URI ca, Lease lease) {
    Authority authority = authorities.get(ca);
    if (authority == null) {
      return Mono.error(new IllegalStateException("no CA " + ca));
    }
    managed.slot = null;
    return Mono.defer(() -> authority.issue(request(managed, read.record(), ca)))
        .materialize() // what fails below is no failure of the CA
        .flatMap(
            answer -> {
              Throwable error = answer.getThrowable();
              Authority.Issued issued = answer.get();
              return error instanceof StoreException
                  ? Mono.error(error)
                  : error != null
                      ? failed(managed, read, ca, error, lease)
                      : issued != null ? obtained(managed, read, ca, issued, lease) : Mono.empty();
            });
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

  private Mono<Next> obtained(
      Managed managed, Read read, URI ca, Authority.Issued issued, Lease lease) {
    ManagedCertificate certificate =
        new ManagedCertificate(managed.set.names(), issued.chain(), issued.key(), ca);
    Instant now = timing.now();
    CertificateRecord after =
        read.record()
            .withCurrent(
                StoredCertificates.current(certificate),
                planner.usual(certificate.validity(), now, now));
    return insisting(() -> stored.replace(managed.id(), read, after, certificate, lease))
        .onErrorResume(
            StoreConflictException.class,
            lost -> ourOwn(managed, after).switchIfEmpty(Mono.error(lost)))
        .map(written -> next(managed, written, Optional.of(certificate)));
  }

  /** A store that is down for a while must not cost a certificate that is here already. */
  private <T> Mono<T> insisting(Supplier<Mono<T>> write) {
    return Mono.defer(write)
        .onErrorResume(
            error -> error instanceof StoreException && !(error instanceof StoreConflictException),
            error -> timing.delay(STORE_AGAIN).then(Mono.defer(() -> insisting(write))));
  }

  /** A write whose answer was lost is refused when it is sent again, since it was done. */
  private Mono<Read> ourOwn(Managed managed, CertificateRecord after) {
    return stored
        .read(managed.id(), managed.set.names(), null)
        .filter(read -> read.record().current().equals(after.current()));
  }

  private Mono<Next> failed(Managed managed, Read read, URI ca, Throwable error, Lease lease) {
    CertificateRecord record = read.record();
    Instant now = timing.now();
    int failures = Optional.ofNullable(record.tries().get(ca)).map(Tries::failures).orElse(0) + 1;
    Duration lifetime = record.current().map(c -> c.validity().lifetime()).orElse(NO_LIFETIME_YET);
    Duration wait = Backoff.after(failures, lifetime);
    Instant next = now.plus(wait.minus(upTo(wait.dividedBy(8))));
    if (error instanceof AcmeRateLimitException limit && limit.retryAfter().isPresent()) {
      Duration asked = limit.retryAfter().get();
      asked = asked.compareTo(Tries.LONGEST) > 0 ? Tries.LONGEST : asked;
      Instant allowed = now.plus(later(asked));
      next = allowed.isAfter(next) ? allowed : next;
    }
    Tries tries = new Tries(failures, next, error instanceof AcmePausedException, reason(error));
    CertificateRecord after = record.withTries(ca, tries);
    LOG.info(
        "event=renewal-failed id={} ca={} failures={} next={}", managed, ca, failures, next, error);
    return insisting(() -> stored.write(managed.id(), read, after, lease))
        .map(
            written -> {
              Next then = next(managed, written, Optional.empty());
              installed.failed(
                  managed, ca, error, Step.nextTry(after, cas, timing.now()).map(Tries.Turn::at));
              return then;
            });
  }

  private static String reason(Throwable error) {
    String text = NotAcme.printable(String.valueOf(error.getMessage()));
    return text.length() <= LONGEST_REASON ? text : text.substring(0, LONGEST_REASON);
  }

  // ---- what comes next

  /** Takes over what was written, and says when to look again. */
  private Next next(Managed managed, Read written, Optional<ManagedCertificate> issued) {
    installed.take(managed, written, issued, timing.now());
    Step step = step(managed, written.record());
    return switch (step.kind()) {
      case WAIT -> Next.at(step.at());
      case CHECK -> Next.at(timing.now());
      case ORDER -> place(managed, written.record());
    };
  }

  /** The store failed, or somebody else has the certificate: no try at a CA has failed. */
  private Next troubled(Managed managed, Throwable error) {
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

  private Duration later(Duration wait) {
    return wait.plus(upTo(wait.dividedBy(8)));
  }

  private Duration upTo(Duration most) {
    return Duration.ofMillis(timing.random().nextLong(Math.max(1, most.toMillis())));
  }
}
