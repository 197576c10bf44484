package io.github.certflux.challenge;

import io.github.certflux.dns.DnsException;
import io.github.certflux.dns.DnsLookup;
import io.github.certflux.dns.DnsProvider;
import io.github.certflux.dns.TxtRecord;
import io.github.certflux.internal.Fingerprints;
import io.github.certflux.internal.NotAcme;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Digests of key authorizations in TXT records (RFC 8555 §8.4), under whatever name. */
final class DnsProofs {
  private static final Logger LOG = LoggerFactory.getLogger(DnsProofs.class);

  private final DnsProvider provider;
  private final @Nullable DnsLookup lookup;
  private final Settings settings;

  /** Where each value was written, until it is taken away; after a crash it is looked up again. */
  private final Map<Place, Set<TxtRecord>> places = new ConcurrentHashMap<>();

  /**
   * Settings.
   *
   * @param ttl of the records
   * @param aliases whether they are followed
   * @param zones where an alias may lead; empty for anywhere
   * @param limit how long to wait until the record is seen; zero for not at all
   * @param required whether it has to be seen
   */
  record Settings(
      Duration ttl, boolean aliases, Set<String> zones, Duration limit, boolean required) {
    Settings {
      // told when a solver is built, rather than at the first challenge
      new TxtRecord("_acme-challenge.invalid", "value", ttl);
    }
  }

  private record Place(String name, SolverRequest request) {}

  DnsProofs(DnsProvider provider, @Nullable DnsLookup lookup, Settings settings) {
    this.provider = provider;
    this.lookup = lookup;
    this.settings = settings;
  }

  String journalName(String type) {
    return type + ":" + provider.name();
  }

  static boolean isName(SolverRequest request) {
    return request.identifier().type().equals("dns");
  }

  Mono<Void> present(String name, SolverRequest request) {
    return record(name, request)
        .flatMap(
            record -> {
              places
                  .computeIfAbsent(new Place(name, request), key -> ConcurrentHashMap.newKeySet())
                  .add(record);
              return provider.add(record);
            });
  }

  /** From where it was written, though the alias may lead elsewhere by now. */
  Mono<Void> cleanUp(String name, SolverRequest request) {
    Place place = new Place(name, request);
    return Mono.defer(
        () -> {
          Set<TxtRecord> written = places.get(place);
          return written == null
              ? record(name, request).flatMap(provider::remove)
              : Flux.fromIterable(written)
                  .concatMap(provider::remove)
                  .then()
                  .doOnSuccess(done -> places.remove(place));
        });
  }

  Mono<Void> ready(String name, SolverRequest request) {
    DnsLookup look = lookup;
    if (look == null || settings.limit().isZero()) {
      return Mono.empty();
    }
    Mono<Void> shown = Mono.defer(() -> look.untilShown(name, digest(request), settings.limit()));
    return settings.required()
        ? shown
        : shown.onErrorResume(
            DnsException.class,
            error -> {
              LOG.warn(
                  "event=dns-record-not-seen identifier={} reason={} next=the-ca-looks detail=\"{}\"",
                  request.identifier(),
                  error.reason(),
                  NotAcme.quotable(String.valueOf(error.getMessage())));
              return Mono.empty();
            });
  }

  private Mono<TxtRecord> record(String name, SolverRequest request) {
    DnsLookup look = lookup;
    Mono<String> at =
        look == null || !settings.aliases()
            ? Mono.just(name)
            : look.canonicalName(name).doOnNext(there -> check(name, there));
    return at.map(there -> new TxtRecord(there, digest(request), settings.ttl()));
  }

  private void check(String name, String there) {
    boolean allowed =
        settings.zones().isEmpty()
            || there.equalsIgnoreCase(name)
            || settings.zones().stream().anyMatch(zone -> ("." + there).endsWith("." + zone));
    if (!allowed) {
      throw new DnsException(
          DnsException.Reason.REFUSED,
          provider.name(),
          "",
          "",
          name + " is an alias of " + there + ", which is in no zone that aliases may lead into",
          null);
    }
  }

  private static String digest(SolverRequest request) {
    return Fingerprints.of(request.keyAuthorization().getBytes(StandardCharsets.US_ASCII));
  }
}
