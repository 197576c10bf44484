package io.github.certflux.manager;

import io.github.certflux.internal.Timing;
import io.github.certflux.manager.StoredCertificates.Read;
import io.github.certflux.store.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/**
 * Changes to what is stored that nobody has planned, under the lease as all others.
 *
 * @param stored where
 * @param planner plans renewals
 * @param timing time and chance
 * @param leases the right to change it
 */
record CertificateChanges(
    StoredCertificates stored, Planner planner, Timing timing, WorkLease leases) {
  private static final Duration NEVER_CHECKED = Duration.ofDays(1);

  /** To be renewed now. */
  Mono<Void> renewNow(NameSet set) {
    return changed(
        set,
        record ->
            record
                .current()
                .map(
                    current -> {
                      Instant now = timing.now();
                      RenewalPlan plan = record.plan().orElse(null);
                      return record
                          .withoutTries()
                          .withPlan(
                              plan == null
                                  ? new RenewalPlan(now, Optional.empty(), Optional.empty(), now)
                                  : new RenewalPlan(
                                      now, plan.window(), plan.explanation(), plan.checkAt()));
                    })
                .orElseGet(record::withoutTries));
  }

  /** Without what holds the next try up. */
  Mono<Void> tryAgain(NameSet set) {
    return changed(set, CertificateRecord::withoutTries);
  }

  private Mono<Void> changed(NameSet set, UnaryOperator<CertificateRecord> change) {
    return underLease(
        set,
        (lease) ->
            stored
                .read(set.id(), set.names(), null)
                .flatMap(
                    read -> {
                      CertificateRecord after = change.apply(read.record());
                      return after.equals(read.record())
                          ? Mono.just(read)
                          : stored.write(set.id(), read, after, lease);
                    })
                .then());
  }

  /** A certificate from elsewhere, unless there is one that is as good. */
  Mono<Boolean> imported(NameSet set, ManagedCertificate certificate) {
    return underLease(
        set,
        lease ->
            stored
                .read(set.id(), set.names(), null)
                .flatMap(
                    read ->
                        isBetter(certificate, read)
                            ? stored
                                .replace(
                                    set.id(), read, with(read, certificate), certificate, lease)
                                .thenReturn(true)
                            : Mono.just(false)));
  }

  private boolean isBetter(ManagedCertificate certificate, Read read) {
    Validity comes = certificate.validity();
    return read.record()
        .current()
        .map(CertificateRecord.Current::validity)
        .map(
            there ->
                there.until().isBefore(comes.until())
                    && !RenewalTimes.isWorse(comes, there, timing.now()))
        .orElse(true);
  }

  private CertificateRecord with(Read read, ManagedCertificate certificate) {
    Instant now = timing.now();
    Instant checkAt = certificate.ca().isPresent() ? now : now.plus(NEVER_CHECKED);
    return read.record()
        .withCurrent(
            StoredCertificates.current(certificate, Optional.empty()),
            planner.usual(certificate.validity(), now, checkAt));
  }

  private <T> Mono<T> underLease(NameSet set, Function<Lease, Mono<T>> work) {
    return leases.ifFree(stored.lease(set.id(), leases.term()), work);
  }
}
