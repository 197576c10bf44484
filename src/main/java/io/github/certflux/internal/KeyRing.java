package io.github.certflux.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The keys that front ends may know an account by: in front the one that was accepted, or became
 * the account's, last. A front end that does not know the new key yet still knows an old one, so
 * the next key is drawn at random: fixed turns would fall in step with a balancer that takes turns
 * itself, and so would keys of which each is tried once. The further behind, and the more often
 * refused since it was accepted, the less likely it is drawn: after many rollovers in a row there
 * are many keys, of which each front end knows one.
 */
final class KeyRing {
  private static final double LEAST = 1.0 / 64;

  /** How steeply the chances fall from rank to rank: less finds keys later, more finds none. */
  private static final double FALL = 3;

  private volatile List<Entry> entries;

  private static final class Entry {
    final AccountKey key;
    volatile double weight = 1;

    Entry(AccountKey key) {
      this.key = key;
    }
  }

  KeyRing(AccountKey first) {
    entries = List.of(new Entry(first));
  }

  /** Puts a key in front, unless it is there. */
  synchronized void add(AccountKey key) {
    if (!contains(key)) {
      List<Entry> more = new ArrayList<>();
      more.add(new Entry(key));
      more.addAll(entries);
      entries = List.copyOf(more);
    }
  }

  /** Takes a key out; the last one stays. */
  synchronized void remove(AccountKey key) {
    List<Entry> fewer = entries.stream().filter(e -> !e.key.equals(key)).toList();
    if (!fewer.isEmpty()) {
      entries = fewer;
    }
  }

  /** Keeps these keys alone, in this order; those that are new here come with their weight. */
  synchronized void set(Map<AccountKey, Double> keys) {
    List<Entry> next = new ArrayList<>();
    keys.forEach(
        (key, weight) -> {
          Entry known = find(key);
          if (known == null) {
            known = new Entry(key);
            known.weight = Math.max(LEAST, weight);
          }
          next.add(known);
        });
    entries = List.copyOf(next);
  }

  /**
   * How likely front ends know each key, by thumbprint: from nearly 0 to 1, in the ring's order.
   */
  synchronized Map<String, Double> weights() {
    Map<String, Double> weights = new LinkedHashMap<>();
    entries.forEach(entry -> weights.put(entry.key.thumbprint(), entry.weight));
    return weights;
  }

  boolean contains(AccountKey key) {
    return find(key) != null;
  }

  int size() {
    return entries.size();
  }

  List<AccountKey> keys() {
    return entries.stream().map(e -> e.key).toList();
  }

  /** A front end took this key. */
  void accepted(AccountKey key) {
    List<Entry> all = entries;
    if (all.size() > 1 && !(all.get(0).key.equals(key) && all.get(0).weight == 1)) {
      toFront(key);
    }
  }

  private synchronized void toFront(AccountKey key) {
    Entry entry = find(key);
    if (entry != null) {
      entry.weight = 1;
      List<Entry> next = new ArrayList<>(entries);
      next.remove(entry);
      next.add(0, entry);
      entries = List.copyOf(next);
    }
  }

  /** A front end refused this key. */
  void refused(AccountKey key) {
    if (entries.size() > 1) {
      halve(key);
    }
  }

  private synchronized void halve(AccountKey key) {
    Entry entry = find(key);
    if (entry != null) {
      entry.weight = Math.max(LEAST, entry.weight / 2);
    }
  }

  /** Few front ends know this key, if any. */
  synchronized void unlikely(AccountKey key) {
    Entry entry = find(key);
    if (entry != null) {
      entry.weight = LEAST;
    }
  }

  /**
   * Draws a key; null when there is none but those that are excluded.
   *
   * @param random a draw's source
   * @param refused what was refused just now
   * @param never what must not sign
   */
  @Nullable AccountKey draw(
      RandomGenerator random, @Nullable AccountKey refused, @Nullable AccountKey never) {
    List<Entry> all = entries;
    double[] chances = new double[all.size()];
    double sum = 0;
    for (int rank = 0; rank < chances.length; rank++) {
      AccountKey key = all.get(rank).key;
      boolean excluded = key.equals(refused) || key.equals(never);
      chances[rank] = excluded ? 0 : all.get(rank).weight / Math.pow(rank + 1.0, FALL);
      sum += chances[rank];
    }
    double at = sum == 0 || chances.length == 1 ? 0 : random.nextDouble() * sum;
    AccountKey drawn = null;
    for (int rank = 0; rank < chances.length && at >= 0; rank++) {
      if (chances[rank] > 0) {
        drawn = all.get(rank).key;
        at -= chances[rank];
      }
    }
    return drawn;
  }

  private @Nullable Entry find(AccountKey key) {
    for (Entry entry : entries) {
      if (entry.key.equals(key)) {
        return entry;
      }
    }
    return null;
  }
}
