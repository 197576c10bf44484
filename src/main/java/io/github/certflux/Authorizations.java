package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.util.List;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Authorizations one at a time (RFC 8555 §7.4.1, §7.5); those of an order under way are {@link
 * Authorizing}'s.
 *
 * @param parts of the client
 * @param account whose authorizations
 */
record Authorizations(Parts parts, AccountState account) {

  Mono<Authorization> read(URI url) {
    return Mono.defer(() -> read(parts.resources().urls().require(url), Long.MIN_VALUE));
  }

  /**
   * Reads one whose URL is checked.
   *
   * @param youngUntilMillis until when a server may be late to know it
   */
  Mono<Authorization> read(URI url, long youngUntilMillis) {
    return parts
        .requests()
        .send(
            SignedRequest.get(
                    AcmeOperation.AUTHORIZATION,
                    url,
                    account,
                    answer -> parts.resources().authorization(answer.body(), url))
                .youngUntil(youngUntilMillis));
  }

  /** A second try may be refused because the first has done it, so a refusal is looked into. */
  Mono<Authorization> deactivate(URI url) {
    return Mono.defer(
            () ->
                parts
                    .requests()
                    .send(
                        SignedRequest.of(
                            AcmeOperation.DEACTIVATE_AUTHORIZATION,
                            parts.resources().urls().require(url),
                            account,
                            Json.write(Json.object().put("status", "deactivated")),
                            answer -> parts.resources().authorization(answer.body(), url))))
        .onErrorResume(
            AcmeException.class,
            refused ->
                refused.attempts() < 2
                    ? Mono.error(refused)
                    : read(url)
                        .filter(now -> now.status().equals(Status.DEACTIVATED))
                        .onErrorResume(AcmeException.class, unread -> Mono.empty())
                        .switchIfEmpty(Mono.error(refused)));
  }

  /** Asks for an authorization before any order, and proves control. */
  Mono<Authorization> preAuthorize(Identifier identifier, List<ChallengeSolver> solvers) {
    if (identifier.value().startsWith("*.")) {
      throw new IllegalArgumentException(
          "a wildcard can't be authorized before it is ordered (RFC 8555 §7.4.1): " + identifier);
    }
    return parts
        .directory()
        .flatMap(
            directory ->
                directory
                    .newAuthz()
                    .map(url -> newAuthz(url, identifier))
                    .orElseGet(
                        () ->
                            Mono.error(
                                new AcmeNotOfferedException(
                                    new AcmeException.At(
                                        AcmeOperation.NEW_AUTHORIZATION, directory.newOrder(), 0),
                                    "the server authorizes names with orders alone"))))
        .flatMap(created -> proved(created, solvers));
  }

  private Mono<Authorization> newAuthz(URI url, Identifier identifier) {
    ObjectNode json = Json.object();
    json.putObject("identifier").put("type", identifier.type()).put("value", identifier.value());
    return parts
        .requests()
        .send(
            SignedRequest.of(
                AcmeOperation.NEW_AUTHORIZATION, url, account, Json.write(json), this::created));
  }

  private Authorization created(AcmeResponse answer) {
    return parts.resources().authorization(answer.body(), parts.resources().location(answer));
  }

  /** On its way to being valid, it is an order of one name that ends by being ready. */
  private Mono<Authorization> proved(Authorization created, List<ChallengeSolver> solvers) {
    if (created.status().equals(Status.VALID)) {
      return Mono.just(created);
    }
    Polling polling = Polling.ofAuthorization(parts, account, created.url());
    return parts
        .timed(
            AcmeOperation.SOLVE,
            created.url(),
            new Authorizing(parts, account, polling, solvers, false, event -> {})
                .run(Polling.asOrder(created)))
        .then(Mono.defer(() -> read(created.url())));
  }
}
