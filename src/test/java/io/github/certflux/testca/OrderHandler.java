package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** newOrder and the order resource (RFC 8555 §7.4). */
final class OrderHandler {
  private final Core core;
  private final Replacements replacements;

  OrderHandler(Core core) {
    this.core = core;
    this.replacements = new Replacements(core);
  }

  Answer create(Call call, SignedRequest signed) {
    ObjectNode payload = signed.payload();
    List<Identifier> identifiers =
        IdentifierPolicy.parse(payload.get("identifiers"), core.settings.rejectedIdentifiers());
    if (payload.has("notBefore") || payload.has("notAfter")) {
      throw Refusal.malformed("NotBefore and NotAfter are not supported");
    }
    String profile = Json.string(payload, "profile");
    if (!profile.isEmpty()
        && core.settings.profiles().stream().noneMatch(p -> p.name().equals(profile))) {
      throw Refusal.of(400, "invalidProfile", "unrecognized profile name \"" + profile + "\"");
    }
    long account = signed.requiredAccount().id();
    String replaces = Json.string(payload, "replaces");
    replacements.check(account, identifiers, replaces);

    Instant expires = core.clock.now().plus(core.settings.orderLifetime());
    List<Long> authorizations = new ArrayList<>();
    for (Identifier identifier : identifiers) {
      authorizations.add(authorize(account, identifier, expires));
    }
    OrderRow order =
        new OrderRow(
            core.orders.nextId(),
            account,
            identifiers,
            List.copyOf(authorizations),
            Status.PENDING,
            expires,
            profile,
            replaces,
            null,
            null);
    core.orders.create(order);
    OrderRow latest = core.orders.latest(order.id());
    return Answer.json(201, json(call, latest == null ? order : latest))
        .location(call.orderUrl(order));
  }

  /** An authorization for the order: an old one where that is allowed, else a new one. */
  long authorize(long account, Identifier identifier, Instant expires) {
    boolean wildcard = identifier.value().startsWith("*.");
    Identifier base = wildcard ? Identifier.dns(identifier.value().substring(2)) : identifier;
    if (core.settings.authorizationReuse()) {
      Optional<AuthorizationRow> old = core.orders.reusable(account, base, wildcard);
      if (old.isPresent()) {
        return old.get().id();
      }
    }
    List<ChallengeRow> challenges = new ArrayList<>();
    String token = core.chance.token(32);
    for (String type : core.settings.challengeTypes()) {
      boolean dns = type.startsWith("dns-");
      if (wildcard ? dns : !(dns && base.type().equals("ip"))) {
        challenges.add(new ChallengeRow(type, token, Status.PENDING, null, null));
      }
    }
    core.chance.shuffle(challenges);
    long id = core.orders.nextId();
    core.orders.create(
        new AuthorizationRow(
            id, account, base, wildcard, Status.PENDING, expires, List.copyOf(challenges)));
    return id;
  }

  Answer read(Call call, SignedRequest signed) {
    signed.requirePostAsGet();
    OrderRow order = owned(call, signed.requiredAccount().id());
    return waiting(Answer.json(200, json(call, order)), order);
  }

  /** A page of the account's orders that are not over, oldest first (RFC 8555 §7.1.2.1). */
  Answer list(Call call, SignedRequest signed) {
    signed.requirePostAsGet();
    long account = signed.requiredAccount().id();
    long page = call.route.number(1);
    int size = core.settings.ordersPerPage();
    if (call.route.number(0) != account || page < 1 || size == 0) {
      throw Refusal.notFound("No such orders list");
    }
    List<OrderRow> all =
        core.orders.all().stream()
            .filter(o -> o.account() == account && !o.status().equals(Status.INVALID))
            .sorted(Comparator.comparingLong(OrderRow::id))
            .toList();
    ObjectNode json = Json.object();
    ArrayNode orders = json.putArray("orders");
    all.stream().skip((page - 1) * size).limit(size).forEach(o -> orders.add(call.orderUrl(o)));
    Answer answer = Answer.json(200, json);
    return page * size < all.size()
        ? answer.link(call.url(Route.ORDERS + account + "/" + (page + 1)), "next")
        : answer;
  }

  /**
   * The order in the path, as the next replica shows it.
   *
   * @throws Refusal when it is another account's, or is not there yet
   */
  OrderRow owned(Call call, long account) {
    long id = call.route.number(1);
    OrderRow order = core.orders.seen(id);
    if (order == null) {
      throw Refusal.notFound("No order for ID " + id);
    }
    if (order.account() != account || call.route.number(0) != account) {
      throw Refusal.notFound("No order found for account ID " + account);
    }
    return order;
  }

  /** Adds Retry-After while there is something to wait for. */
  Answer waiting(Answer answer, OrderRow order) {
    boolean wait =
        order.status().equals(Status.PROCESSING)
            || (core.settings.retryAfterOnPending() && order.status().equals(Status.PENDING));
    return wait ? core.retryAfter(answer) : answer;
  }

  ObjectNode json(Call call, OrderRow order) {
    ObjectNode json = Json.object();
    json.put("status", order.status().value()).put("expires", order.expires().toString());
    ArrayNode identifiers = json.putArray("identifiers");
    order
        .identifiers()
        .forEach(i -> identifiers.addObject().put("type", i.type()).put("value", i.value()));
    ArrayNode authorizations = json.putArray("authorizations");
    order.authorizations().forEach(id -> authorizations.add(call.authorizationUrl(id)));
    json.put("finalize", call.url(Route.FINALIZE + order.account() + "/" + order.id()));
    if (!order.profile().isEmpty()) {
      json.put("profile", order.profile());
    }
    if (!order.replaces().isEmpty()) {
      json.put("replaces", order.replaces());
    }
    if (order.status().equals(Status.VALID)) {
      json.put("certificate", call.url(Route.CERTIFICATE + order.serial()));
    }
    CaProblem error = order.error();
    if (error != null) {
      json.set("error", error.toJson());
    }
    return json;
  }
}
