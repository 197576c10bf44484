package io.github.certflux;

import io.github.certflux.StoredAccounts.Loaded;
import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.AccountState;
import io.github.certflux.protocol.RolloverPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time in which front ends may know one key of an account or another: restored from the store,
 * and ended by destroying the keys that were replaced.
 */
final class RolloverWindow {
  private static final Logger LOG = LoggerFactory.getLogger(RolloverWindow.class);
  private static final Duration CLOCKS_DIFFER = Duration.ofHours(1);

  private final Parts parts;
  private final String name;
  private final AccountState state;

  RolloverWindow(Parts parts, String name, AccountState state) {
    this.parts = parts;
    this.name = name;
    this.state = state;
  }

  /**
   * Takes over the keys in the store where they differ from what is known. Clocks differ, so a
   * window that may be open is open for its whole length from now on.
   *
   * @return whether they did
   */
  boolean adopt(Loaded loaded) {
    AccountKey current = loaded.current();
    Map<AccountKey, Double> former = new LinkedHashMap<>();
    boolean window = false;
    Instant now = parts.timing().now();
    for (AccountRecord.Replaced replaced : loaded.account().replaced()) {
      Instant over = replaced.at().plus(parts.limits().rolloverWindow()).plus(CLOCKS_DIFFER);
      if (now.isBefore(over)) {
        window = true;
        AccountKey key = loaded.keys().get(replaced.key());
        if (key != null && parts.limits().rolloverPolicy() == RolloverPolicy.BOTH_KEYS) {
          former.put(key, replaced.weight());
        }
      } else {
        destroy(replaced.key());
      }
    }
    AccountKey pending = loaded.pending().orElse(null);
    boolean known =
        current.equals(state.current())
            && Objects.equals(pending, state.candidate())
            && (state.windowOpen() || !window)
            && state.keys().containsAll(former.keySet());
    if (known) {
      return false;
    }
    state.adopt(current, pending, former);
    schedule(loaded.account().replaced().stream().map(AccountRecord.Replaced::key).toList());
    return true;
  }

  /** Destroys replaced keys when the window is over; after a crash, the next start does. */
  void schedule(List<String> replaced) {
    parts
        .timing()
        .delay(parts.limits().rolloverWindow())
        .takeUntilOther(parts.underWay().closing())
        .subscribe(
            over -> {
              replaced.forEach(this::destroy);
              state.endWindow();
            });
  }

  private void destroy(String thumbprint) {
    parts
        .underWay()
        .detached(
            parts
                .accounts()
                .modify(name, Map.of(), null, account -> account.without(thumbprint))
                .then(parts.accounts().deleteUnlessNamed(name, thumbprint)))
        .subscribe(
            done -> {},
            error -> LOG.warn("event=key-not-destroyed account={}", state.url(), error),
            () -> state.retire(thumbprint));
  }
}
