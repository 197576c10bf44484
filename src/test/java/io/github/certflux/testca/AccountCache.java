package io.github.certflux.testca;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The account cache of one front end. An entry lives a set time from when it was filled: reads
 * don't extend it, and changes, a key rollover among them, don't end it.
 */
final class AccountCache {
  private static final int MOST = 9000;

  private record Entry(AccountRow row, long filled) {}

  private final AccountTable accounts;
  private final CaClock clock;
  private final long ttl;
  private final Map<Long, Entry> entries = new LinkedHashMap<>();

  AccountCache(AccountTable accounts, CaClock clock, Duration ttl) {
    this.accounts = accounts;
    this.clock = clock;
    this.ttl = ttl.toMillis();
  }

  /** The account as this front end knows it, null when the replica it asks doesn't know it. */
  @Nullable AccountRow account(long id) {
    if (ttl == 0) {
      return accounts.seen(id);
    }
    long now = clock.millis();
    synchronized (this) {
      Entry entry = entries.get(id);
      if (entry != null && now - entry.filled < ttl) {
        return entry.row;
      }
    }
    AccountRow row = accounts.seen(id);
    if (row != null) {
      synchronized (this) {
        entries.remove(id);
        entries.put(id, new Entry(row, now));
        if (entries.size() > MOST) {
          entries.remove(entries.keySet().iterator().next());
        }
      }
    }
    return row;
  }

  synchronized void clear() {
    entries.clear();
  }
}
