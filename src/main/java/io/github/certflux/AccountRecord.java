package io.github.certflux;

import static java.util.Comparator.comparingInt;

import io.github.certflux.internal.Fields;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An account as it is stored: which keys it has, by thumbprint, and how far a rollover has come.
 * The keys are records of their own, written before the account names them and deleted after it no
 * longer does.
 *
 * @param url the account's URL; empty until the server has answered newAccount
 * @param known since when this store knows the URL: the account may have been made just then; empty
 *     in records that did not say so yet
 * @param key the current key
 * @param pending the key that a rollover is about to make, or has made, the current one
 * @param replaced keys that some front ends may still know, the likeliest first
 */
record AccountRecord(
    Optional<URI> url,
    Optional<Instant> known,
    String key,
    Optional<String> pending,
    List<Replaced> replaced) {
  private static final Duration CLOCKS_DIFFER = Duration.ofHours(1);

  /**
   * A key that was replaced.
   *
   * @param key its thumbprint
   * @param at when
   * @param weight how likely a front end still knows it: 1 if one took it lately
   */
  record Replaced(String key, Instant at, double weight) {
    Replaced withWeight(double other) {
      return new Replaced(key, at, other);
    }
  }

  AccountRecord {
    replaced = List.copyOf(replaced);
  }

  /** An account that the server has not heard of yet. */
  static AccountRecord unborn(String key) {
    return new AccountRecord(Optional.empty(), Optional.empty(), key, Optional.empty(), List.of());
  }

  AccountRecord withUrl(URI account, Instant now) {
    return new AccountRecord(Optional.of(account), Optional.of(now), key, pending, replaced);
  }

  AccountRecord withPending(String candidate) {
    return new AccountRecord(url, known, key, Optional.of(candidate), replaced);
  }

  AccountRecord withoutPending() {
    return new AccountRecord(url, known, key, Optional.empty(), replaced);
  }

  /**
   * The candidate is the account's key now.
   *
   * @param weights how likely a front end still knows a key, by thumbprint, the likeliest first
   */
  AccountRecord promoted(String candidate, Instant now, Map<String, Double> weights) {
    List<String> order = List.copyOf(weights.keySet());
    List<Replaced> keys =
        Stream.concat(Stream.of(new Replaced(key, now, 1)), replaced.stream())
            .filter(former -> !former.key().equals(candidate))
            .sorted(comparingInt(former -> place(order, former.key())))
            .map(former -> former.withWeight(weights.getOrDefault(former.key(), former.weight())))
            .toList();
    return new AccountRecord(url, known, candidate, Optional.empty(), keys);
  }

  private static int place(List<String> order, String key) {
    int place = order.indexOf(key);
    return place < 0 ? order.size() : place;
  }

  /** Without a key that was replaced then; the same key may have been replaced again since. */
  AccountRecord without(Replaced former) {
    return new AccountRecord(
        url,
        known,
        key,
        pending,
        replaced.stream()
            .filter(r -> !(r.key().equals(former.key()) && r.at().equals(former.at())))
            .toList());
  }

  /** A key-change that came late has made a key that was replaced the account's again. */
  AccountRecord undone(String former) {
    return new AccountRecord(
        url,
        known,
        former,
        Optional.of(key),
        replaced.stream().filter(r -> !r.key().equals(former)).toList());
  }

  /**
   * Whether a server may still be late to know the account. Clocks differ: nobody else's says just
   * when it was made.
   */
  boolean young(Instant now, Duration window) {
    return known
        .map(since -> Duration.between(since, now).abs())
        .filter(age -> age.compareTo(window.plus(CLOCKS_DIFFER)) < 0)
        .isPresent();
  }

  /** Every key that this names. */
  List<String> keys() {
    return Stream.of(Stream.of(key), pending.stream(), replaced.stream().map(Replaced::key))
        .flatMap(s -> s)
        .distinct()
        .toList();
  }

  /** Whether front ends that are late alone may know this key. */
  boolean isReplaced(String thumbprint) {
    return !thumbprint.equals(key) && !pending.equals(Optional.of(thumbprint));
  }

  byte[] toJson() {
    ObjectNode json = Json.object();
    url.ifPresent(u -> json.put("url", u.toString()));
    known.ifPresent(since -> json.put("known", since.toString()));
    json.put("key", key);
    pending.ifPresent(p -> json.put("pendingKey", p));
    if (!replaced.isEmpty()) {
      ArrayNode keys = json.putArray("replacedKeys");
      replaced.forEach(
          r ->
              keys.addObject()
                  .put("key", r.key())
                  .put("at", r.at().toString())
                  .put("weight", r.weight()));
    }
    return Json.writePretty(json);
  }

  static AccountRecord of(StoreRecord stored) {
    try {
      Fields json = Json.read(stored.content(), "account record");
      return new AccountRecord(
          json.link("url"),
          json.time("known"),
          json.text("key"),
          json.optionalText("pendingKey"),
          json.objects("replacedKeys").stream()
              .map(
                  r ->
                      new Replaced(
                          r.text("key"), r.time("at").orElse(Instant.EPOCH), r.fraction("weight")))
              .toList());
    } catch (NotAcme e) {
      throw new StoreException(
          stored.path(),
          "the record "
              + stored.path()
              + " is not an account: expected "
              + e.expected()
              + ", found "
              + e.came()
              + "; restore it from a backup, or move it away to create a new account",
          e);
    }
  }
}
