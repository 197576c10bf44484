package io.github.certflux;

import io.github.certflux.LookFirst.Mode;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Dns01Solver;
import io.github.certflux.challenge.SolverException;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.dns.DnsException;
import io.github.certflux.dns.DnsLookup;
import io.github.certflux.internal.Fingerprints;
import io.github.certflux.internal.Timing;
import io.github.certflux.protocol.Challenge;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Looks at proofs as a CA would, before a CA is told to: see {@link LookFirst}. */
final class Looking {
  private static final Duration FIRST_WAIT = Duration.ofMillis(500);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(4);
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(10);

  private final LookFirst setting;
  private final Timing timing;
  private final Mono<List<String>> identities;
  private final Map<String, Function<SolverRequest, Mono<Void>>> looks;
  private final @Nullable CaaLook caa;

  /**
   * Loads what it needs, unless it is off: not for an event loop.
   *
   * @param identities what the CA calls itself in CAA records
   */
  Looking(LookFirst setting, Timing timing, Mono<List<String>> identities) {
    this.setting = setting;
    this.timing = timing;
    this.identities = identities;
    if (setting.mode() == Mode.OFF) {
      looks = Map.of();
      caa = null;
    } else {
      DnsLookup dns = setting.dns();
      Addresses addresses = new Addresses(setting.addresses());
      looks = new HashMap<>();
      Http01Look http = new Http01Look(addresses, setting.httpPort());
      looks.put(Challenge.HTTP_01, request -> untilSeen(http.look(request)));
      TlsAlpn01Look tls = new TlsAlpn01Look(addresses, setting.tlsPort());
      looks.put(Challenge.TLS_ALPN_01, request -> untilSeen(tls.look(request)));
      if (dns != null) {
        looks.put(Challenge.DNS_01, request -> dns01(dns, request));
      }
      caa = dns == null ? null : new CaaLook(dns);
    }
  }

  /**
   * Looks until the proof is seen, or the time is over.
   *
   * @param unseen told what was expected and found, where the CA is told to look all the same
   */
  Mono<Void> at(ChallengeSolver solver, SolverRequest request, Consumer<String> unseen) {
    if (setting.mode() == Mode.OFF) {
      return Mono.empty();
    }
    Mono<Void> seen =
        allowed(solver, request)
            .then(proof(solver, request))
            .timeout(
                Mono.delay(setting.time().plus(LONGEST_LOOK), timing.timer()),
                Mono.error(
                    () -> new NotSeen("the name", "the proof", "no end of what it shows", null)));
    return setting.mode() == Mode.REQUIRED
        ? seen.onErrorMap(
            NotSeen.class,
            error -> new SolverException("it is not seen: " + error.getMessage(), error))
        : seen.onErrorResume(
            error -> Mono.fromRunnable(() -> unseen.accept(String.valueOf(error.getMessage()))));
  }

  private Mono<Void> allowed(ChallengeSolver solver, SolverRequest request) {
    CaaLook look = caa;
    return look == null || !request.identifier().type().equals("dns")
        ? Mono.empty()
        : identities
            .filter(all -> !all.isEmpty())
            .flatMap(all -> look.look(all, solver.type(), request));
  }

  private Mono<Void> proof(ChallengeSolver solver, SolverRequest request) {
    Function<SolverRequest, Mono<Void>> look = looks.get(solver.type());
    return look == null || solver instanceof Dns01Solver
        ? Mono.empty()
        : Mono.defer(() -> look.apply(request));
  }

  private Mono<Void> dns01(DnsLookup dns, SolverRequest request) {
    String name = "_acme-challenge." + request.identifier().value();
    String digest = Fingerprints.of(request.keyAuthorization().getBytes(StandardCharsets.US_ASCII));
    return dns.untilShown(name, digest, setting.time())
        .onErrorMap(
            DnsException.class,
            error -> new NotSeen(name, "the proof", String.valueOf(error.getMessage()), error));
  }

  /** A look that has begun when the time is over is finished. */
  private Mono<Void> untilSeen(Mono<Void> look) {
    return Mono.defer(
        () -> {
          long until = timing.millis() + setting.time().toMillis();
          return look.retryWhen(
              Retry.from(
                  looks ->
                      looks.concatMap(
                          failed ->
                              failed.failure() instanceof NotSeen && timing.millis() < until
                                  ? timing.delay(
                                      Timing.doubled(
                                          FIRST_WAIT, (int) failed.totalRetries(), LONGEST_WAIT))
                                  : Mono.error(failed.failure()))));
        });
  }
}
