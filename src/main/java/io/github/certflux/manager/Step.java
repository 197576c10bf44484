package io.github.certflux.manager;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is to be done for a certificate: a pure function of its record and the time.
 *
 * @param kind what
 * @param at of {@code WAIT}: until when
 * @param ca of {@code ORDER}: where
 */
record Step(Kind kind, Instant at, Optional<URI> ca) {

  /** For lack of anything to wait for: a look now and then costs nothing. */
  private static final Duration ONCE_A_DAY = Duration.ofDays(1);

  /** What is done. */
  enum Kind {
    /** Nothing is due. */
    WAIT,
    /** The CA is asked when it would have it renewed. */
    CHECK,
    /** There is none, or it is to be renewed. */
    ORDER
  }

  /**
   * The next step.
   *
   * @param cas in the order of preference
   * @param toldSoon whether it was told that the certificate ends soon
   * @param told whether it was told that it has ended
   */
  static Step of(
      CertificateRecord record, List<URI> cas, Instant now, boolean toldSoon, boolean told) {
    boolean due = isDue(record, now);
    Optional<Tries.Turn> turn = due ? nextTry(record, cas, now) : Optional.empty();
    if (turn.isPresent() && !turn.get().at().isAfter(now)) {
      return new Step(Kind.ORDER, now, Optional.of(turn.get().ca()));
    }
    Optional<Instant> check =
        record
            .current()
            .flatMap(CertificateRecord.Current::ca)
            .filter(cas::contains)
            .map(ca -> record.plan().map(RenewalPlan::checkAt).orElse(now));
    if (check.isPresent() && !check.get().isAfter(now)) {
      return new Step(Kind.CHECK, now, Optional.empty());
    }
    Optional<Validity> validity = record.current().map(CertificateRecord.Current::validity);
    Instant until =
        Stream.of(
                Optional.of(now.plus(ONCE_A_DAY)),
                turn.map(Tries.Turn::at),
                check,
                due ? Optional.<Instant>empty() : renewAt(record),
                validity.filter(v -> !toldSoon).map(RenewalTimes::endsSoon),
                validity.filter(v -> !told).map(Validity::until))
            .flatMap(Optional::stream)
            .min(Instant::compareTo)
            .orElseThrow();
    return new Step(Kind.WAIT, until, Optional.empty());
  }

  /** Whose turn it is to be asked, and when; empty if a person must act first. */
  static Optional<Tries.Turn> nextTry(CertificateRecord record, List<URI> cas, Instant now) {
    boolean pressing =
        record.current().map(c -> !RenewalTimes.endsSoon(c.validity()).isAfter(now)).orElse(true);
    return Tries.turn(cas, record.tries(), pressing, now);
  }

  /** Whether there is none, or it is to be renewed. */
  static boolean isDue(CertificateRecord record, Instant now) {
    return renewAt(record).map(at -> !at.isAfter(now)).orElse(true);
  }

  /** Empty where there is no certificate. Whatever is planned, one is renewed before it ends. */
  private static Optional<Instant> renewAt(CertificateRecord record) {
    return record
        .current()
        .map(
            current -> {
              Instant latest = RenewalTimes.latest(current.validity());
              return record
                  .plan()
                  .map(RenewalPlan::renewAt)
                  .filter(at -> at.isBefore(latest))
                  .orElse(latest);
            });
  }
}
