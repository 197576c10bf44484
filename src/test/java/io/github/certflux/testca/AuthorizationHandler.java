package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Status;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Authorizations and their challenges (RFC 8555 §7.5). */
final class AuthorizationHandler {
  /** What a dns-persist-01 record names this CA by. */
  static final String ISSUER = "testca.invalid";

  private final Core core;

  private final OrderHandler orders;

  AuthorizationHandler(Core core, OrderHandler orders) {
    this.core = core;
    this.orders = orders;
  }

  /**
   * An authorization before any order (RFC 8555 §7.4.1): one that is valid already, or a new one.
   */
  Answer create(Call call, SignedRequest signed) {
    if (!core.settings.preAuthorization()) {
      throw Refusal.notFound("No pre-authorization");
    }
    Identifier identifier =
        IdentifierPolicy.parse(
                Json.array().add(signed.payload().path("identifier")),
                core.settings.rejectedIdentifiers())
            .get(0);
    if (identifier.value().startsWith("*.")) {
      throw Refusal.malformed("A wildcard cannot be authorized before it is ordered");
    }
    long account = signed.requiredAccount().id();
    long id =
        orders.authorize(account, identifier, core.clock.now().plus(core.settings.orderLifetime()));
    AuthorizationRow row = core.orders.latestAuthorization(id);
    if (row == null) {
      throw new IllegalStateException("no authorization " + id);
    }
    return Answer.json(201, json(call, row)).location(call.authorizationUrl(id));
  }

  Answer authorization(Call call, SignedRequest signed) {
    AuthorizationRow row = owned(call, signed, "No such authorization");
    if (!signed.isPostAsGet()) {
      if (!Json.string(signed.payload(), "status").equals("deactivated")) {
        throw Refusal.malformed("Invalid status value");
      }
      row =
          core.orders
              .deactivate(row.id())
              .orElseThrow(
                  () -> Refusal.notFound("No pending or valid authorization with that ID"));
    }
    Answer answer = Answer.json(200, json(call, row));
    boolean wait = core.settings.retryAfterOnPending() && row.status().equals(Status.PENDING);
    return wait ? core.retryAfter(answer) : answer;
  }

  Answer challenge(Call call, SignedRequest signed) {
    AuthorizationRow row = owned(call, signed, "No such challenge");
    String type = call.route.ids().get(1);
    ChallengeRow challenge =
        row.challenges().stream()
            .filter(c -> c.type().equals(type))
            .findFirst()
            .orElseThrow(() -> Refusal.notFound("No such challenge"));
    if (!signed.isPostAsGet()) {
      signed.payload();
      if (!row.status().equals(Status.VALID)) {
        challenge = core.validations.trigger(call, row, challenge);
      }
    }
    Answer answer =
        Answer.json(200, json(call, row, challenge)).link(call.authorizationUrl(row.id()), "up");
    boolean wait =
        core.settings.retryAfterOnPending()
            && (challenge.status().equals(Status.PENDING)
                || challenge.status().equals(Status.PROCESSING));
    return wait ? core.retryAfter(answer) : answer;
  }

  private AuthorizationRow owned(Call call, SignedRequest signed, String otherwise) {
    AuthorizationRow row = core.orders.seenAuthorization(call.route.number(0));
    if (row == null) {
      throw Refusal.notFound(otherwise);
    }
    if (row.account() != signed.requiredAccount().id()) {
      throw Refusal.unauthorized("Account ID doesn't match ID for authorization");
    }
    if (row.status().equals(Status.EXPIRED)) {
      throw Refusal.notFound("Expired authorization");
    }
    return row;
  }

  private static ObjectNode json(Call call, AuthorizationRow row) {
    ObjectNode json = Json.object();
    json.put("status", row.status().value()).put("expires", row.expires().toString());
    json.putObject("identifier")
        .put("type", row.identifier().type())
        .put("value", row.identifier().value());
    if (row.wildcard()) {
      json.put("wildcard", true);
    }
    ArrayNode challenges = json.putArray("challenges");
    row.challenges().forEach(c -> challenges.add(json(call, row, c)));
    return json;
  }

  private static ObjectNode json(Call call, AuthorizationRow row, ChallengeRow challenge) {
    ObjectNode json = Json.object();
    json.put("type", challenge.type())
        .put("url", call.url(Route.CHALLENGE + row.id() + "/" + challenge.type()))
        .put("status", challenge.status().value());
    if (challenge.type().equals("dns-persist-01")) {
      json.putArray("issuer-domain-names").add(ISSUER);
    } else {
      json.put("token", challenge.token());
    }
    if (challenge.validated() != null) {
      json.put("validated", challenge.validated().toString());
    }
    CaProblem error = challenge.error();
    if (error != null) {
      json.set("error", error.toJson());
    }
    return json;
  }
}
