package io.github.certflux;

import io.github.certflux.StoredAccounts.Loaded;
import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.AccountState;
import io.github.certflux.protocol.RolloverPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * The time in which front ends may know one key of an account or another: restored from the store,
 * and ended by destroying the keys that were replaced.
 */
final class RolloverWindow {
  private static final Logger LOG = LoggerFactory.getLogger(RolloverWindow.class);

  /** By how much the clocks of processes that share a store may differ without any harm. */
  private static final Duration CLOCKS_DIFFER = Duration.ofSeconds(30);

  private static final Duration DESTROY_AGAIN = Duration.ofSeconds(10);

  private final Parts parts;
  private final String name;
  private final AccountState state;
  private final Mono<Void> unlessUndone;

  /** When each key was replaced that is to be destroyed when its time has come. */
  private final Map<String, Instant> due = new ConcurrentHashMap<>();

  /**
   * The window of an account.
   *
   * @param unlessUndone completes once no key that is to be destroyed can be the account's
   */
  RolloverWindow(Parts parts, String name, AccountState state, Mono<Void> unlessUndone) {
    this.parts = parts;
    this.name = name;
    this.state = state;
    this.unlessUndone = unlessUndone;
  }

  /**
   * Takes over the keys in the store where they differ from what is known.
   *
   * @return whether they did
   */
  boolean adopt(Loaded loaded) {
    AccountKey current = loaded.current();
    AccountKey pending = loaded.pending().orElse(null);
    boolean both = parts.limits().rolloverPolicy() == RolloverPolicy.BOTH_KEYS;
    Map<AccountKey, Double> former = new LinkedHashMap<>();
    Duration longest = Duration.ZERO;
    for (AccountRecord.Replaced replaced : loaded.account().replaced()) {
      Duration left = left(replaced);
      AccountKey key = loaded.keys().get(replaced.key());
      if (!left.isZero() && key != null && both) {
        former.put(key, replaced.weight());
      }
      longest = left.compareTo(longest) > 0 ? left : longest;
      if (key != null && !both) {
        forget(replaced.key()); // a crash came before that
      }
    }
    schedule(loaded.account());
    boolean sameKeys =
        current.equals(state.current()) && Objects.equals(pending, state.candidate());
    if (sameKeys
        && (state.windowOpen() || longest.isZero())
        && state.keys().containsAll(former.keySet())) {
      return false;
    }
    Duration length = sameKeys ? longest : parts.limits().rolloverWindow();
    state.adopt(current, pending, former, length);
    LOG.info(
        "event=keys-restored account={} key={} pending={} replaced={} windowMs={}",
        state.url(),
        current.thumbprint(),
        loaded.account().pending().orElse("none"),
        loaded.account().replaced().stream().map(AccountRecord.Replaced::key).toList(),
        length.toMillis());
    parts
        .timing()
        .delay(length)
        .takeUntilOther(parts.underWay().closing())
        .subscribe(over -> state.endWindow());
    return true;
  }

  /** A key that must sign no more is gone at once, though its window is not. */
  private void forget(String thumbprint) {
    parts
        .underWay()
        .detached(parts.accounts().forgetKey(name, thumbprint))
        .subscribe(
            nothing -> {},
            error -> LOG.warn("event=key-not-destroyed account={}", state.url(), error));
  }

  /**
   * How long front ends may still know a key that was replaced, by the clock of whoever replaced
   * it: never more than a whole window from now on.
   */
  private Duration left(AccountRecord.Replaced replaced) {
    Duration window = parts.limits().rolloverWindow();
    Duration left =
        Duration.between(parts.timing().now(), replaced.at()).plus(window).plus(CLOCKS_DIFFER);
    return left.isNegative() ? Duration.ZERO : left.compareTo(window) > 0 ? window : left;
  }

  /** Destroys replaced keys when their time has come; after a crash, the next start does. */
  void schedule(AccountRecord account) {
    for (AccountRecord.Replaced replaced : account.replaced()) {
      if (!replaced.at().equals(due.put(replaced.key(), replaced.at()))) {
        parts
            .timing()
            .delay(left(replaced))
            .takeUntilOther(parts.underWay().closing())
            .filter(over -> replaced.at().equals(due.get(replaced.key())))
            .subscribe(over -> destroy(replaced));
      }
    }
  }

  /** Signs nothing more from now on, and is destroyed, however long store or server fail. */
  private void destroy(AccountRecord.Replaced replaced) {
    state.retire(replaced.key());
    state.endWindow();
    Mono<Void> destroyed =
        unlessUndone.then(
            Mono.defer(
                () ->
                    parts
                        .accounts()
                        .modify(name, state.known(), null, account -> account.without(replaced))
                        .then(parts.accounts().deleteUnlessNamed(name, replaced.key()))
                        .then()));
    parts
        .underWay()
        .detached(
            destroyed.doOnError(
                e ->
                    LOG.warn(
                        "event=key-not-destroyed account={} key={} next=again-in-{}s",
                        state.url(),
                        replaced.key(),
                        DESTROY_AGAIN.toSeconds(),
                        e)))
        .retryWhen(
            Retry.from(
                failures ->
                    failures.concatMap(
                        failure ->
                            parts
                                .timing()
                                .delay(DESTROY_AGAIN)
                                .takeUntilOther(parts.underWay().closing()))))
        .subscribe(nothing -> {}, error -> {}, () -> destroyed(replaced));
  }

  private void destroyed(AccountRecord.Replaced replaced) {
    due.remove(replaced.key(), replaced.at());
    LOG.info("event=key-destroyed account={} key={}", state.url(), replaced.key());
  }
}
