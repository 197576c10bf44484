package io.github.certflux.manager;

import io.github.certflux.internal.Fields;
import io.github.certflux.internal.Fingerprints;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.Timing;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.Lease;
import io.github.certflux.store.StoreConflictException;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Rolls account keys over by schedule, by one node for all: a record for each CA says when that was
 * done last.
 *
 * @param store where the records are
 * @param authorities whose accounts
 * @param age how old a key becomes
 * @param type of the new keys
 * @param timing time and chance
 * @param leases one node at a time
 */
record AccountKeys(
    AcmeStore store,
    List<Authority> authorities,
    Duration age,
    KeyType type,
    Timing timing,
    WorkLease leases) {
  private static final Logger LOG = LoggerFactory.getLogger(AccountKeys.class);
  private static final Duration LOOK = Duration.ofHours(1);

  /** Clocks that are right differ by less. */
  private static final Duration TO_COME = Duration.ofDays(1);

  /** Looks each hour until cancelled; never fails. */
  Mono<Void> kept() {
    return Flux.defer(
            () -> {
              Map<URI, Instant> corrected = new HashMap<>();
              return Flux.fromIterable(authorities)
                  .concatMap(ca -> looked(ca, corrected))
                  .then(Mono.defer(() -> timing.delay(timing.jitter(LOOK))))
                  .repeat();
            })
        .then();
  }

  private Mono<Void> looked(Authority ca, Map<URI, Instant> corrected) {
    String path = path(ca.directory());
    return store
        .read(path)
        .flatMap(
            stored -> {
              Instant last = rolledOver(stored);
              return isToCome(last) && isRare(ca, corrected)
                  ? written(path, Condition.unchanged(stored)).thenReturn(false)
                  : Mono.just(isDue(last));
            })
        .switchIfEmpty(Mono.defer(() -> written(path, Condition.absent()).thenReturn(false)))
        .flatMap(
            due ->
                due
                    ? leases.ifFree(
                        store.tryAcquire(path, leases.term()), lease -> rolled(ca, path, lease))
                    : Mono.<Void>empty())
        .onErrorResume(StoreConflictException.class, another -> Mono.empty())
        .onErrorResume(
            error -> {
              LOG.warn(
                  "event=account-key-not-rolled-over ca={} next=in-an-hour", ca.directory(), error);
              return Mono.empty();
            });
  }

  /** Somebody else may have done it since the record was read. */
  private Mono<Void> rolled(Authority ca, String path, Lease lease) {
    return store
        .read(path)
        .filter(stored -> isDue(rolledOver(stored)))
        .flatMap(
            stored ->
                ca.rollOver(type)
                    .then(
                        Mono.defer(() -> written(path, Condition.unchanged(stored).under(lease)))));
  }

  private Mono<Void> written(String path, Condition condition) {
    byte[] content = Json.writePretty(Json.object().put("rolledOver", timing.now().toString()));
    return store.write(path, content, condition).then();
  }

  /** Only a clock that was ahead can have written it. */
  private boolean isToCome(Instant last) {
    return last.isAfter(timing.now().plus(TO_COME));
  }

  /** Two nodes whose clocks differ must not take turns. */
  private boolean isRare(Authority ca, Map<URI, Instant> corrected) {
    Instant now = timing.now();
    Instant last = corrected.get(ca.directory());
    boolean rare = last == null || !last.plus(age).isAfter(now);
    if (rare) {
      corrected.put(ca.directory(), now);
    }
    return rare;
  }

  private boolean isDue(Instant last) {
    return !last.plus(age).isAfter(timing.now());
  }

  private static Instant rolledOver(StoreRecord stored) {
    try {
      Fields json = Json.read(stored.content(), "account key record");
      Instant last =
          json.time("rolledOver").orElseThrow(() -> new NotAcme("a time in rolledOver", "none"));
      return Window.bounded(last);
    } catch (NotAcme e) {
      throw new StoreException(
          stored.path(),
          "the record " + stored.path() + " does not say when the key was rolled over; delete it",
          e);
    }
  }

  private static String path(URI directory) {
    return "account-keys/"
        + String.valueOf(directory.getHost()).replaceAll("[^A-Za-z0-9.]", "-")
        + "-"
        + Fingerprints.shortOf(directory.toString())
        + ".json";
  }
}
