package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Orders and their authorizations. Changes go to the primary database, each at one stroke; reads go
 * to a replica, which may lag.
 */
final class OrderTable {
  private final CaClock clock;
  private final Replicas replicas;
  private final AtomicLong ids;
  private final Map<Long, Versions<OrderRow>> orders = new HashMap<>();
  private final Map<Long, Versions<AuthorizationRow>> authorizations = new HashMap<>();

  /** The newest valid authorization of an account for an identifier. */
  private final Map<Reuse, Long> reusable = new HashMap<>();

  /** The last order that replaces a certificate, by its ARI identifier. */
  private final Map<String, Long> replacements = new HashMap<>();

  private final List<Long> spoilt = new ArrayList<>();

  private record Reuse(long account, Identifier identifier, boolean wildcard) {}

  OrderTable(CaClock clock, Replicas replicas, AtomicLong ids) {
    this.clock = clock;
    this.replicas = replicas;
    this.ids = ids;
  }

  long nextId() {
    return ids.incrementAndGet();
  }

  synchronized void create(OrderRow order) {
    if (!order.replaces().isEmpty()) {
      replacements.put(order.replaces(), order.id());
    }
    orders.put(order.id(), new Versions<>(order, clock.millis(), replicas.slowest()));
  }

  synchronized void create(AuthorizationRow authorization) {
    authorizations.put(
        authorization.id(), new Versions<>(authorization, clock.millis(), replicas.slowest()));
  }

  /** Whether an order that is not invalid replaces that certificate. */
  synchronized boolean isReplaced(String certificate) {
    Long id = replacements.get(certificate);
    OrderRow order = id == null ? null : latest(id);
    return order != null && !order.status().equals(Status.INVALID);
  }

  /** The order as the next replica shows it. */
  @Nullable OrderRow seen(long id) {
    long lag = replicas.lag();
    synchronized (this) {
      Versions<OrderRow> row = orders.get(id);
      OrderRow seen = row == null ? null : row.seen(clock.millis(), lag);
      return seen == null ? null : derived(seen, lag);
    }
  }

  /** The order on the primary database. */
  synchronized @Nullable OrderRow latest(long id) {
    Versions<OrderRow> row = orders.get(id);
    return row == null ? null : derived(row.latest(), 0);
  }

  /** The authorization as the next replica shows it. */
  @Nullable AuthorizationRow seenAuthorization(long id) {
    long lag = replicas.lag();
    synchronized (this) {
      return authorization(id, lag);
    }
  }

  /** The authorization on the primary database. */
  synchronized @Nullable AuthorizationRow latestAuthorization(long id) {
    return authorization(id, 0);
  }

  /** All orders, as the primary database has them. */
  synchronized List<OrderRow> all() {
    List<OrderRow> all = new ArrayList<>();
    orders.values().forEach(v -> all.add(derived(v.latest(), 0)));
    return all;
  }

  /** All authorizations, as the primary database has them. */
  synchronized List<AuthorizationRow> allAuthorizations() {
    List<AuthorizationRow> all = new ArrayList<>();
    for (long id : authorizations.keySet()) {
      AuthorizationRow row = authorization(id, 0);
      if (row != null) {
        all.add(row);
      }
    }
    return all;
  }

  /** A valid authorization that another order of the account may use too. */
  synchronized Optional<AuthorizationRow> reusable(
      long account, Identifier identifier, boolean wildcard) {
    Long id = reusable.get(new Reuse(account, identifier, wildcard));
    return Optional.ofNullable(id == null ? null : authorization(id, 0))
        .filter(a -> a.status().equals(Status.VALID));
  }

  /** Whether the account has valid authorizations for all these. */
  synchronized boolean controls(long account, List<Identifier> identifiers) {
    return identifiers.stream()
        .allMatch(
            i -> {
              boolean wildcard = i.value().startsWith("*.");
              Identifier base = wildcard ? new Identifier(i.type(), i.value().substring(2)) : i;
              return reusable(account, base, wildcard).isPresent();
            });
  }

  /**
   * Starts issuing. Empty when the order is not ready, which its sender may have missed behind a
   * replica that lags: the order is lost then, as Boulder loses it.
   */
  synchronized Optional<OrderRow> beginProcessing(long id) {
    Versions<OrderRow> row = orders.get(id);
    OrderRow was = derived(row.latest(), 0);
    if (!was.status().equals(Status.READY)) {
      row.put(
          was.failed(CaProblem.of(500, "serverInternal", "Error setting order processing")),
          clock.millis());
      spoilt.add(id);
      return Optional.empty();
    }
    OrderRow now = was.withStatus(Status.PROCESSING);
    row.put(now, clock.millis());
    return Optional.of(now);
  }

  /** Ends issuing; false when the order was spoilt meanwhile. */
  synchronized boolean issued(long id, String serial) {
    Versions<OrderRow> row = orders.get(id);
    if (!row.latest().status().equals(Status.PROCESSING)) {
      return false;
    }
    row.put(row.latest().issued(serial), clock.millis());
    return true;
  }

  synchronized void failed(long id, CaProblem error) {
    Versions<OrderRow> row = orders.get(id);
    row.put(row.latest().failed(error), clock.millis());
  }

  /** Orders lost by a second finalize. */
  synchronized List<Long> spoilt() {
    return List.copyOf(spoilt);
  }

  /** Puts a challenge in the place of the one of its type while the authorization is pending. */
  synchronized void change(long authorization, ChallengeRow challenge) {
    Versions<AuthorizationRow> row = authorizations.get(authorization);
    if (row.latest().status().equals(Status.PENDING)) {
      row.put(row.latest().with(challenge), clock.millis());
    }
  }

  /** Ends a validation; nothing when the authorization is decided already. */
  synchronized void decide(long authorization, ChallengeRow challenge, Instant until) {
    Versions<AuthorizationRow> row = authorizations.get(authorization);
    AuthorizationRow was = row.latest();
    if (was.status().equals(Status.PENDING)) {
      AuthorizationRow now = was.decided(challenge, until);
      row.put(now, clock.millis());
      if (now.status().equals(Status.VALID)) {
        reusable.put(new Reuse(now.account(), now.identifier(), now.wildcard()), now.id());
      }
    }
  }

  /** Gives an authorization up; empty when it is neither pending nor valid. */
  synchronized Optional<AuthorizationRow> deactivate(long id) {
    AuthorizationRow was = authorization(id, 0);
    if (was == null
        || !(was.status().equals(Status.PENDING) || was.status().equals(Status.VALID))) {
      return Optional.empty();
    }
    AuthorizationRow now = was.withStatus(Status.DEACTIVATED);
    authorizations.get(id).put(now, clock.millis());
    return Optional.of(now);
  }

  private @Nullable AuthorizationRow authorization(long id, long lag) {
    Versions<AuthorizationRow> row = authorizations.get(id);
    AuthorizationRow seen = row == null ? null : row.seen(clock.millis(), lag);
    if (seen == null) {
      return null;
    }
    boolean live = seen.status().equals(Status.PENDING) || seen.status().equals(Status.VALID);
    return live && !clock.now().isBefore(seen.expires()) ? seen.withStatus(Status.EXPIRED) : seen;
  }

  private OrderRow derived(OrderRow row, long lag) {
    if (!row.status().equals(Status.PENDING)) {
      return row;
    }
    if (!clock.now().isBefore(row.expires())) {
      return row.withStatus(Status.INVALID);
    }
    boolean ready = true;
    for (long id : row.authorizations()) {
      AuthorizationRow authorization = authorization(id, lag);
      if (authorization == null || authorization.status().equals(Status.PENDING)) {
        ready = false;
      } else if (!authorization.status().equals(Status.VALID)) {
        return row.withStatus(Status.INVALID);
      }
    }
    return ready ? row.withStatus(Status.READY) : row;
  }
}
