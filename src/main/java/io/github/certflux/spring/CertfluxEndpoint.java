package io.github.certflux.spring;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.StoreException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The Actuator endpoint {@code certflux}: names, expiry, next renewal, last error, CA and account.
 * A {@code POST} with {@code {"action": "renew"}} renews all certificates, or with {@code "name"}
 * the one that has it; {@code {"action": "rollover"}} gives the account at each CA a new key. Each
 * is done five times an hour at most, as often as Let's Encrypt lets a name's validation fail: who
 * asks more often would lock the application out. No key is ever shown.
 */
@Endpoint(id = "certflux")
final class CertfluxEndpoint {
  private static final int TIMES_AN_HOUR = 5;
  private static final String ROLLOVER = "rollover";

  private final CertificateStates states;
  private final CertificateManager manager;
  private final AcmeClient client;
  private final AccountRequest account;
  private final Fallbacks fallbacks;
  private final KeyType rolloverType;
  private final HourlyLimit limit;

  CertfluxEndpoint(
      CertificateStates states,
      CertificateManager manager,
      AcmeClient client,
      AccountRequest account,
      Fallbacks fallbacks,
      KeyType rolloverType,
      InstantSource clock) {
    this.states = states;
    this.manager = manager;
    this.client = client;
    this.account = account;
    this.fallbacks = fallbacks;
    this.rolloverType = rolloverType;
    this.limit = new HourlyLimit(TIMES_AN_HOUR, clock);
  }

  @ReadOperation
  Mono<Map<String, Object>> read() {
    return shown(client, account)
        .zipWith(
            Flux.fromIterable(fallbacks.all())
                .concatMap(other -> shown(other.client(), other.account()))
                .collectList(),
            (shown, others) -> {
              if (!others.isEmpty()) {
                shown.put("fallbacks", others);
              }
              shown.put(
                  "certificates", states.all().stream().map(CertfluxEndpoint::shown).toList());
              return shown;
            });
  }

  private static Mono<Map<String, Object>> shown(AcmeClient client, AccountRequest account) {
    return client
        .findAccount(account.name())
        .map(found -> Optional.of(found.url().toString()))
        .onErrorResume(StoreException.class, error -> Mono.just(Optional.empty()))
        .defaultIfEmpty(Optional.empty())
        .map(
            url -> {
              Map<String, Object> shown = new LinkedHashMap<>();
              shown.put("directory", client.directoryUrl().toString());
              url.ifPresent(known -> shown.put("account", known));
              return shown;
            });
  }

  private static Map<String, Object> shown(CertificateStates.State state) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("names", state.names());
    state
        .certificate()
        .ifPresent(
            certificate -> {
              shown.put(
                  "notBefore", certificate.chain().get(0).getNotBefore().toInstant().toString());
              shown.put("notAfter", certificate.notAfter().toString());
              certificate.ca().ifPresent(ca -> shown.put("ca", ca.toString()));
              shown.put("serial", certificate.chain().get(0).getSerialNumber().toString(16));
            });
    state.nextTry().ifPresent(next -> shown.put("next", next.toString()));
    state.error().ifPresent(error -> shown.put("error", error));
    return shown;
  }

  @WriteOperation
  Mono<Map<String, Object>> act(String action, @Nullable String name) {
    return switch (action) {
      case "renew" -> renewed(name);
      case ROLLOVER -> rolledOver();
      default ->
          throw new InvalidEndpointRequestException("the action is renew or rollover", action);
    };
  }

  private Mono<Map<String, Object>> renewed(@Nullable String name) {
    List<List<String>> chosen =
        states.all().stream()
            .map(CertificateStates.State::names)
            .filter(names -> name == null || names.contains(name))
            .toList();
    if (chosen.isEmpty()) {
      throw new InvalidEndpointRequestException(
          "no certificate has the name " + name, "unknown name");
    }
    List<List<String>> allowed = chosen.stream().filter(limit::allows).toList();
    return allowed.isEmpty()
        ? tooOften()
        : Flux.fromIterable(allowed)
            .concatMap(names -> manager.renewNow(names.toArray(String[]::new)))
            .then(Mono.just(Map.of("renew", allowed)));
  }

  private Mono<Map<String, Object>> rolledOver() {
    return limit.allows(ROLLOVER)
        ? client
            .account(account)
            .flatMap(opened -> opened.rollOver(rolloverType))
            .thenMany(Flux.fromIterable(fallbacks.all()))
            .concatMap(other -> other.client().findAccount(other.account().name()))
            .concatMap(opened -> opened.rollOver(rolloverType))
            .then(Mono.just(Map.of(ROLLOVER, "done")))
        : tooOften();
  }

  private static <T> Mono<T> tooOften() {
    return Mono.error(
        new ResponseStatusException(
            HttpStatus.TOO_MANY_REQUESTS, TIMES_AN_HOUR + " times an hour are allowed"));
  }
}
