package io.github.certflux.internal;

import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.protocol.RolloverPolicy;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * What all pipelines of an account share in one client: its keys, the rollover window, and the gate
 * between challenges and rollovers.
 */
public final class AccountState {
  private static final Logger LOG = LoggerFactory.getLogger(AccountState.class);

  /** What is known of the account's key after asking. */
  public enum Verdict {
    /** The keys in the store have changed, and were taken over: try again. */
    KEYS_CHANGED,
    /** The key is the account's: it was the request that was malformed. */
    OURS,
    /** The key is not the account's. */
    NOT_OURS,
    /** Nothing is known. */
    UNKNOWN
  }

  private final URI url;
  private final Timing timing;
  private final RetryLimits limits;
  private final AcmeObserver observer;
  private final KeyRing ring;
  private final Gate gate = new Gate();
  private final Mono<Verdict> arbiter;
  private final long youngUntilMillis;

  private volatile AccountKey current;
  private volatile @Nullable AccountKey candidate;
  private volatile long windowEnds = Long.MIN_VALUE;
  private boolean windowShown;
  private long openedNanos;
  private long refused;
  private Duration slowest = Duration.ZERO;

  /**
   * The state of an account.
   *
   * @param url the account's URL, its key id
   * @param key its current key
   * @param young whether the server may be late to know the account: for a window from now on
   * @param arbiter finds out whether the key is still the account's; shared by whoever asks
   */
  public AccountState(
      URI url,
      AccountKey key,
      boolean young,
      Timing timing,
      RetryLimits limits,
      AcmeObserver observer,
      Mono<Verdict> arbiter) {
    this.url = url;
    this.timing = timing;
    this.limits = limits;
    this.observer = observer;
    this.arbiter = arbiter;
    this.current = key;
    this.ring = new KeyRing(key);
    this.youngUntilMillis =
        young ? timing.millis() + limits.rolloverWindow().toMillis() : Long.MIN_VALUE;
  }

  /** The account's URL. */
  public URI url() {
    return url;
  }

  /** The newest key that the server is known to have. */
  public AccountKey current() {
    return current;
  }

  /** Keeps challenges and rollovers apart. */
  public Gate gate() {
    return gate;
  }

  /** The keys that may sign now. */
  public List<AccountKey> keys() {
    return ring.keys();
  }

  /** The keys that need not be read from the store, by thumbprint: a copy. */
  public Map<String, AccountKey> known() {
    Map<String, AccountKey> known = new LinkedHashMap<>();
    ring.keys().forEach(key -> known.put(key.thumbprint(), key));
    known.put(current.thumbprint(), current);
    return known;
  }

  /** How likely front ends know each key, by thumbprint, the likeliest first: nearly 0 to 1. */
  public Map<String, Double> weights() {
    return ring.weights();
  }

  /** Whether a front end may be late to learn of the current key. */
  public boolean windowOpen() {
    return candidate != null || timing.millis() < windowEnds;
  }

  /** How long the window is open still, at least; zero where it is not. */
  public Duration windowLeft() {
    long left = windowEnds == Long.MIN_VALUE ? 0 : windowEnds - timing.millis();
    return candidate != null
        ? limits.rolloverWindow()
        : left > 0 ? Duration.ofMillis(left) : Duration.ZERO;
  }

  /** Whether a front end may be late to learn of the account itself. */
  public boolean young() {
    return timing.millis() < youngUntilMillis;
  }

  /** The key that a rollover under way is about to make the current one. */
  public @Nullable AccountKey candidate() {
    return candidate;
  }

  KeyRing ring() {
    return ring;
  }

  Mono<Verdict> arbiter() {
    return arbiter;
  }

  /** A new key may become known to the server from now on. */
  public void candidate(AccountKey key) {
    ring.add(key);
    ring.unlikely(key);
    candidate = key;
    showWindow(key);
  }

  /** The candidate did not become the account's key, and never will. */
  public void forget(AccountKey key) {
    if (!key.equals(current)) {
      ring.remove(key);
    }
    candidate = null;
    endWindow();
  }

  /** The server has this key; the former one stays for the window, if the policy says so. */
  public void promote(AccountKey key) {
    current = key;
    candidate = null;
    ring.add(key);
    ring.accepted(key);
    if (limits.rolloverPolicy() == RolloverPolicy.NEW_KEY_ONLY) {
      ring.set(Map.of(key, 1.0));
    }
    openWindow(key, limits.rolloverWindow());
  }

  /**
   * Takes over what the store says: some front ends may know one of these keys, some another.
   *
   * @param key the current key
   * @param pending the key that may become the account's, or has, without our knowledge
   * @param former the keys that were replaced a moment ago, with how likely each is still known
   * @param window how long some front ends may know another key
   */
  public void adopt(
      AccountKey key,
      @Nullable AccountKey pending,
      Map<AccountKey, Double> former,
      Duration window) {
    Map<AccountKey, Double> keys = new LinkedHashMap<>();
    keys.put(key, 1.0);
    if (pending != null) {
      keys.put(pending, 1.0);
    }
    keys.putAll(former);
    current = key;
    ring.set(keys);
    candidate = pending;
    openWindow(key, window);
  }

  private void openWindow(AccountKey key, Duration length) {
    windowEnds = Math.max(windowEnds, timing.millis() + length.toMillis());
    showWindow(key);
  }

  private void showWindow(AccountKey key) {
    synchronized (this) {
      if (windowShown) {
        return; // a rollover inside a window makes it longer
      }
      windowShown = true;
      openedNanos = timing.nanos();
      refused = 0;
      slowest = Duration.ZERO;
    }
    LOG.info("event=rollover-window-opened account={} key={}", url, key.thumbprint());
    observer.windowOpened(window(key));
  }

  /** A former key's time is over: it signs nothing more. */
  public void retire(String thumbprint) {
    for (AccountKey key : ring.keys()) {
      if (key.thumbprint().equals(thumbprint) && !key.equals(current) && !key.equals(candidate)) {
        ring.remove(key);
      }
    }
  }

  /** Tells observers that the window ended, unless a later rollover keeps it open. */
  public void endWindow() {
    if (windowOpen()) {
      return;
    }
    synchronized (this) {
      if (!windowShown) {
        return;
      }
      windowShown = false;
    }
    AcmeObserver.Window over = window(current);
    LOG.info(
        "event=rollover-window-ended account={} key={} refused={} slowestMs={}",
        url,
        over.keyThumbprint(),
        over.refused(),
        over.slowest().toMillis());
    observer.windowEnded(over);
  }

  private synchronized AcmeObserver.Window window(AccountKey key) {
    return new AcmeObserver.Window(
        url, key.thumbprint(), limits.rolloverWindow(), refused, slowest);
  }

  /** A front end refused a request because it did not know the key. */
  synchronized void refused() {
    refused++;
  }

  /**
   * An operation ended, however it did.
   *
   * @param nanos when a front end first refused it
   */
  synchronized void delayedSince(long nanos) {
    if (nanos - openedNanos < 0) {
      return; // in an earlier window
    }
    Duration delay = Duration.ofNanos(timing.nanos() - nanos);
    if (delay.compareTo(slowest) > 0) {
      slowest = delay;
    }
  }
}
