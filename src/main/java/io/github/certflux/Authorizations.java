package io.github.certflux;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

  /** Reads one that may have been made just now, here or by the process that told us its URL. */
  Mono<Authorization> read(URI url) {
    return Mono.defer(
        () -> read(parts.resources().urls().require(url), parts.youngUntilMillis(), null));
  }

  /**
   * Reads one whose URL is checked.
   *
   * @param youngUntilMillis until when a server may be late to know it
   * @param order that it is of; null if that is not known
   */
  Mono<Authorization> read(URI url, long youngUntilMillis, @Nullable URI order) {
    return parts
        .requests()
        .send(
            SignedRequest.get(
                    AcmeOperation.AUTHORIZATION,
                    url,
                    account,
                    answer -> parts.resources().authorization(answer.body(), url))
                .youngUntil(youngUntilMillis)
                .about(order));
  }

  /** Gives one up that may have been made just now. */
  Mono<Authorization> deactivate(URI url) {
    return Mono.defer(
        () -> deactivate(parts.resources().urls().require(url), parts.youngUntilMillis()));
  }

  private Mono<Authorization> deactivate(URI url, long youngUntilMillis) {
    return parts
        .requests()
        .send(
            SignedRequest.of(
                AcmeOperation.DEACTIVATE_AUTHORIZATION,
                url,
                account,
                Json.write(Json.object().put("status", "deactivated")),
                answer -> parts.resources().authorization(answer.body(), url)))
        .onErrorResume(AcmeException.class, refused -> lookedInto(refused, url, youngUntilMillis));
  }

  /** A second try may be refused because the first has done it; a late replica does not know it. */
  private Mono<Authorization> lookedInto(AcmeException refused, URI url, long youngUntilMillis) {
    boolean mayBeDone = refused.attempts() > 1;
    boolean mayBeLate =
        refused instanceof AcmeProblemException p
            && p.status() == 404
            && parts.timing().millis() < youngUntilMillis;
    if (!mayBeDone && !mayBeLate) {
      return Mono.error(refused);
    }
    return read(url, youngUntilMillis, null)
        .onErrorMap(AcmeException.class, unread -> refused)
        .flatMap(
            now -> {
              if (mayBeDone && now.status().equals(Status.DEACTIVATED)) {
                return Mono.just(now);
              }
              boolean open =
                  now.status().equals(Status.PENDING) || now.status().equals(Status.VALID);
              return mayBeLate && open
                  ? parts
                      .timing()
                      .delay(LOOK_AGAIN)
                      .then(Mono.defer(() -> deactivate(url, youngUntilMillis)))
                  : Mono.error(refused);
            });
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
        .flatMap(
            created -> {
              OrderNames names = OrderNames.of(List.of(identifier));
              return proved(required(names, created), names, solvers)
                  .map(proved -> required(names, proved));
            });
  }

  private static Authorization required(OrderNames names, Authorization shown) {
    names.require(
        new AcmeException.At(AcmeOperation.NEW_AUTHORIZATION, shown.url(), 1),
        List.of(shown.identifier()));
    return shown;
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
  private Mono<Authorization> proved(
      Authorization created, OrderNames names, List<ChallengeSolver> solvers) {
    if (created.status().equals(Status.VALID)) {
      return Mono.just(created);
    }
    Polling polling = Polling.ofAuthorization(parts, account, created.url());
    return parts.timed(
        AcmeOperation.SOLVE,
        created.url(),
        new Authorizing(parts, account, polling, names, solvers, false, event -> {})
            .run(Polling.asOrder(created))
            .then(
                parts
                    .timing()
                    .untilSeen(
                        Mono.defer(() -> read(created.url()))
                            // as a late replica shows it
                            .filter(read -> !read.status().equals(Status.PENDING)),
                        LOOK_AGAIN)));
  }
}
