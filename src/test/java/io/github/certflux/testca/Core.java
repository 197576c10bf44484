package io.github.certflux.testca;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What all front ends share: the database, the issuer, time and chance. */
final class Core {
  final Settings settings;
  final CaClock clock;
  final Chance chance;
  final AccountTable accounts;
  final ExternalAccounts externalAccounts;
  final OrderTable orders;
  final CertificateTable certificates;
  final Replicas replicas;
  final Validations validations;
  final Truth truth = new Truth(this);
  final AsyncFailures failures = new AsyncFailures();
  private final List<Nonces> nonces = new ArrayList<>();
  private volatile @Nullable URI terms;
  private @Nullable Issuer issuer;

  Core(Settings settings, CaClock clock, Chance chance) {
    this.settings = settings;
    this.clock = clock;
    this.chance = chance;
    this.replicas = new Replicas(settings.lags(), settings.balancing(), chance);
    AtomicLong ids = new AtomicLong(1000);
    this.accounts = new AccountTable(clock, replicas, ids);
    this.externalAccounts = new ExternalAccounts(settings.externalAccounts());
    this.orders = new OrderTable(clock, replicas, ids);
    this.certificates = new CertificateTable(clock, replicas);
    for (int i = 0; i < settings.dataCentres(); i++) {
      nonces.add(new Nonces(chance, settings.nonceRejection()));
    }
    this.terms = settings.terms();
    this.validations = new Validations(this);
  }

  /** Made when it is first needed: most simulated histories are about something else. */
  synchronized Issuer issuer() {
    Issuer made = issuer;
    if (made == null) {
      made = new Issuer(clock, chance, settings.alternateChains());
      issuer = made;
    }
    return made;
  }

  /** The nonces of the front end's data centre. */
  Nonces nonces(int front) {
    return nonces.get(front % nonces.size());
  }

  void forgetNonces() {
    nonces.forEach(Nonces::forget);
  }

  @Nullable URI terms() {
    return terms;
  }

  void terms(@Nullable URI changed) {
    terms = changed;
  }

  /** Adds Retry-After as it is configured for whoever polls. */
  Answer retryAfter(Answer answer) {
    return RetryAfter.add(answer, settings.retryAfter(), settings.retryAfterAsDate(), clock);
  }
}
