package io.github.certflux.testca;

import com.nimbusds.jose.jwk.JWK;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The accounts. Changes go to the primary database, each at one stroke; reads go to a replica,
 * which may lag.
 */
final class AccountTable {
  private final CaClock clock;
  private final Replicas replicas;
  private final AtomicLong ids;
  private final Map<Long, Versions<AccountRow>> rows = new HashMap<>();

  /** The account that has the key now. */
  private final Map<String, Long> owners = new HashMap<>();

  /** The accounts that ever had the key, which a lagging replica may still show. */
  private final Map<String, List<Long>> everOwners = new HashMap<>();

  /** All keys of an account, oldest first. */
  private final Map<Long, List<JWK>> everKeys = new HashMap<>();

  AccountTable(CaClock clock, Replicas replicas, AtomicLong ids) {
    this.clock = clock;
    this.replicas = replicas;
    this.ids = ids;
  }

  /** The account as the next replica shows it. */
  @Nullable AccountRow seen(long id) {
    long lag = replicas.lag();
    synchronized (this) {
      Versions<AccountRow> row = rows.get(id);
      return row == null ? null : row.seen(clock.millis(), lag);
    }
  }

  /** The account that has the key, as the next replica shows it. */
  @Nullable AccountRow seenByKey(String thumbprint) {
    long lag = replicas.lag();
    long now = clock.millis();
    synchronized (this) {
      for (long id : everOwners.getOrDefault(thumbprint, List.of())) {
        AccountRow row = rows.get(id).seen(now, lag);
        if (row != null && row.thumbprint().equals(thumbprint)) {
          return row;
        }
      }
      return null;
    }
  }

  /** The account on the primary database. */
  synchronized @Nullable AccountRow latest(long id) {
    Versions<AccountRow> row = rows.get(id);
    return row == null ? null : row.latest();
  }

  /** The account that has the key on the primary database. */
  synchronized @Nullable AccountRow latestByKey(String thumbprint) {
    Long id = owners.get(thumbprint);
    return id == null ? null : rows.get(id).latest();
  }

  /** All accounts, as the primary database has them. */
  synchronized List<AccountRow> all() {
    List<AccountRow> all = new ArrayList<>();
    rows.values().forEach(v -> all.add(v.latest()));
    return all;
  }

  /** Each key that the account ever had, newest first. */
  synchronized List<JWK> keys(long id) {
    List<JWK> keys = new ArrayList<>(everKeys.getOrDefault(id, List.of()));
    java.util.Collections.reverse(keys);
    return keys;
  }

  /** Creates an account; empty when the key is another's already. */
  synchronized Optional<AccountRow> create(JWK key, List<String> contacts, @Nullable URI terms) {
    String thumbprint = PublicKeys.thumbprint(key);
    if (owners.containsKey(thumbprint)) {
      return Optional.empty();
    }
    AccountRow row =
        new AccountRow(
            ids.incrementAndGet(), key, thumbprint, Status.VALID, List.copyOf(contacts), terms);
    rows.put(row.id(), new Versions<>(row, clock.millis(), replicas.slowest()));
    own(row);
    return Optional.of(row);
  }

  /**
   * Gives an account a key, whatever key it has: no condition on the key that it had. Empty when
   * the key is in use, by this account or another.
   */
  synchronized Optional<AccountRow> replaceKey(long id, JWK key) {
    String thumbprint = PublicKeys.thumbprint(key);
    if (owners.containsKey(thumbprint)) {
      return Optional.empty();
    }
    AccountRow was = rows.get(id).latest();
    if (!was.status().equals(Status.VALID)) {
      throw Refusal.serverInternal("Unable to update account with new key");
    }
    AccountRow row = was.withKey(key, thumbprint);
    owners.remove(was.thumbprint());
    rows.get(id).put(row, clock.millis());
    own(row);
    return Optional.of(row);
  }

  /** Changes an account that is valid; empty when it is not. */
  synchronized Optional<AccountRow> change(long id, UnaryOperator<AccountRow> change) {
    AccountRow was = rows.get(id).latest();
    if (!was.status().equals(Status.VALID)) {
      return Optional.empty();
    }
    AccountRow row = change.apply(was);
    rows.get(id).put(row, clock.millis());
    return Optional.of(row);
  }

  private void own(AccountRow row) {
    owners.put(row.thumbprint(), row.id());
    List<Long> ever = everOwners.computeIfAbsent(row.thumbprint(), t -> new ArrayList<>(1));
    if (!ever.contains(row.id())) {
      ever.add(row.id());
    }
    everKeys.computeIfAbsent(row.id(), i -> new ArrayList<>(2)).add(row.key());
  }
}
