package io.github.certflux.dns;

import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.Timing;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Looks at the servers of a zone until all of them show a value; made for one subscription. A CA
 * may ask any of them, and asks several.
 */
final class TxtWait {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** A server that never answered for so long is not reached from here, and not waited for. */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  private final Lookups lookups;
  private final Scheduler timer;
  private final String zone;
  private final String name;
  private final String value;
  private final Duration limit;
  private final long began;

  /** What was last seen of each server that does not show the value. */
  private final Map<String, Seen> missing = new ConcurrentHashMap<>();

  private record Seen(String what, boolean answered) {}

  TxtWait(Lookups lookups, String zone, String name, String value, Duration limit) {
    this.lookups = lookups;
    this.timer = lookups.transport().timer();
    this.zone = zone;
    this.name = name;
    this.value = value;
    this.limit = limit;
    this.began = timer.now(TimeUnit.MILLISECONDS);
  }

  Mono<Void> shownBy(List<NameServer> servers) {
    servers.forEach(server -> missing.put(server.name(), new Seen("not asked yet", false)));
    return Flux.fromIterable(servers)
        .flatMap(this::shownBy)
        .then(Mono.defer(() -> missing.isEmpty() ? Mono.<Void>empty() : Mono.error(failure(null))))
        .timeout(limit, timer)
        .onErrorMap(TimeoutException.class, this::failure);
  }

  private Mono<Boolean> shownBy(NameServer server) {
    return look(server, server.addresses())
        .filter(over -> over)
        .repeatWhenEmpty(
            looks ->
                looks.concatMap(
                    times ->
                        Mono.delay(
                            Timing.doubled(FIRST_PAUSE, times.intValue(), LONGEST_PAUSE), timer)));
  }

  /** Signals whether this server need not be looked at again. */
  private Mono<Boolean> look(NameServer server, List<InetSocketAddress> addresses) {
    if (addresses.isEmpty()) {
      return Mono.fromSupplier(() -> isSilent(server));
    }
    InetSocketAddress address = addresses.get(0);
    return lookups
        .txt(name, address)
        .map(
            values -> {
              if (values.contains(value)) {
                missing.remove(server.name());
                return true;
              }
              note(
                  server,
                  address,
                  values.isEmpty() ? "no value" : NotAcme.printable(values.toString()),
                  true);
              return false;
            })
        .onErrorResume(
            DnsException.class,
            error -> {
              boolean answered = error.code().isPresent();
              note(server, address, error.code().orElse("no answer"), answered);
              return answered
                  ? Mono.just(false)
                  : look(server, addresses.subList(1, addresses.size()));
            });
  }

  private boolean isSilent(NameServer server) {
    Seen seen = missing.get(server.name());
    return seen != null
        && !seen.answered()
        && timer.now(TimeUnit.MILLISECONDS) - began >= SILENCE.toMillis();
  }

  private void note(NameServer server, InetSocketAddress at, String what, boolean answered) {
    missing.computeIfPresent(
        server.name(),
        (key, before) ->
            new Seen(DnsTransport.text(at) + ": " + what, answered || before.answered()));
  }

  private DnsException failure(@Nullable Throwable cause) {
    boolean reached = missing.values().stream().anyMatch(Seen::answered);
    String seen =
        missing.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(each -> each.getKey() + " at " + each.getValue().what())
            .collect(Collectors.joining("; "));
    return new DnsException(
        reached ? DnsException.Reason.NOT_SHOWN : DnsException.Reason.UNREACHABLE,
        String.join(", ", missing.keySet()),
        zone,
        "",
        "the TXT record "
            + name
            + " does not show \""
            + value
            + "\" on every name server of its zone; seen: "
            + seen,
        cause);
  }
}
