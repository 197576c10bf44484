package io.github.certflux.internal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The keys that front ends may know an account by, newest first. A front end that does not know the
 * new key yet still knows the old one, so the next key is drawn at random, weighted by what was
 * accepted lately: fixed turns would fall in step with a balancer that takes turns itself.
 */
final class KeyRing {
  private static final double LEAST = 1.0 / 64;

  private volatile List<Entry> entries;

  private static final class Entry {
    final AccountKey key;
    double weight = 1;

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

  /** Puts a key behind all others, unless it is there. */
  synchronized void addLast(AccountKey key) {
    if (!contains(key)) {
      List<Entry> more = new ArrayList<>(entries);
      more.add(new Entry(key));
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

  /** How likely front ends know each key, by thumbprint: from nearly 0 to 1. */
  synchronized Map<String, Double> weights() {
    Map<String, Double> weights = new HashMap<>();
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
    if (entries.size() > 1) {
      weigh(key, true);
    }
  }

  /** A front end refused this key. */
  void refused(AccountKey key) {
    if (entries.size() > 1) {
      weigh(key, false);
    }
  }

  /** Few front ends know this key, if any. */
  synchronized void unlikely(AccountKey key) {
    Entry entry = find(key);
    if (entry != null) {
      entry.weight = LEAST;
    }
  }

  private synchronized void weigh(AccountKey key, boolean up) {
    Entry entry = find(key);
    if (entry != null) {
      entry.weight = up ? 1 : Math.max(LEAST, entry.weight / 2);
    }
  }

  /** Draws a key that is not among those tried; null when all are. */
  @Nullable AccountKey draw(RandomGenerator random, Set<AccountKey> tried) {
    List<Entry> all = entries;
    if (all.size() == 1) {
      return tried.contains(all.get(0).key) ? null : all.get(0).key;
    }
    synchronized (this) {
      double sum = 0;
      for (Entry entry : all) {
        sum += tried.contains(entry.key) ? 0 : entry.weight;
      }
      double at = random.nextDouble() * sum;
      AccountKey last = null;
      for (Entry entry : all) {
        if (!tried.contains(entry.key)) {
          last = entry.key;
          at -= entry.weight;
          if (at < 0) {
            return last;
          }
        }
      }
      return last;
    }
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
