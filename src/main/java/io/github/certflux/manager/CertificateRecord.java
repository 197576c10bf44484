package io.github.certflux.manager;

import io.github.certflux.internal.Fields;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.store.StoreException;
import io.github.certflux.store.StoreRecord;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is stored of a certificate: which one it is, when it is renewed, and what was tried in vain.
 * Chain and key are records of their own, written before this one names them and deleted after it
 * no longer does.
 *
 * @param names what it is for
 * @param current the certificate; empty as long as there is none
 * @param plan when it is renewed; empty as long as there is none
 * @param tries what was tried in vain since, by the CA's directory
 */
record CertificateRecord(
    List<String> names,
    Optional<Current> current,
    Optional<RenewalPlan> plan,
    Map<URI, Tries> tries) {
  private static final Duration LONGEST_CHECK = Duration.ofDays(2);

  /** More change nothing, and somebody may have written anything. */
  private static final int MOST_FAILURES = 1000;

  /**
   * A certificate that is stored.
   *
   * @param chain the fingerprint of the certificate, by which its chain is stored
   * @param key the fingerprint of its public key, by which the key is stored
   * @param ca the directory of the CA that issued it; empty if it was imported from elsewhere
   * @param validity from when to when it is valid
   * @param ordered when a manager ordered it, by its clock; empty if it was imported
   */
  record Current(
      String chain, String key, Optional<URI> ca, Validity validity, Optional<Instant> ordered) {}

  CertificateRecord {
    names = List.copyOf(names);
    tries = Map.copyOf(tries);
  }

  static CertificateRecord empty(List<String> names) {
    return new CertificateRecord(names, Optional.empty(), Optional.empty(), Map.of());
  }

  /** A new certificate: what failed before at its CA is over. */
  CertificateRecord withCurrent(Current issued, RenewalPlan renewal) {
    Map<URI, Tries> others = new LinkedHashMap<>(tries);
    issued.ca().ifPresent(others::remove);
    return new CertificateRecord(names, Optional.of(issued), Optional.of(renewal), others);
  }

  CertificateRecord withPlan(RenewalPlan renewal) {
    return new CertificateRecord(names, current, Optional.of(renewal), tries);
  }

  CertificateRecord withTries(URI ca, Tries failed) {
    Map<URI, Tries> all = new LinkedHashMap<>(tries);
    all.put(ca, failed);
    return new CertificateRecord(names, current, plan, all);
  }

  CertificateRecord withoutTries() {
    return new CertificateRecord(names, current, plan, Map.of());
  }

  /** Without times so far ahead that only a wrong clock can have written them. */
  CertificateRecord believable(Instant now) {
    Instant lastCheck = now.plus(LONGEST_CHECK);
    Instant lastTry = now.plus(Tries.LONGEST.multipliedBy(2));
    Map<URI, Tries> believed = new LinkedHashMap<>(tries);
    believed.values().removeIf(each -> each.next().isAfter(lastTry) && !each.paused());
    return new CertificateRecord(
        names,
        current,
        plan.map(p -> p.checkAt().isAfter(lastCheck) ? p.checkedAgain(now) : p),
        believed);
  }

  byte[] toJson() {
    ObjectNode json = Json.object();
    ArrayNode all = json.putArray("names");
    names.forEach(all::add);
    current.ifPresent(
        c -> {
          ObjectNode node = json.putObject("certificate");
          node.put("chain", c.chain()).put("key", c.key());
          c.ca().ifPresent(ca -> node.put("ca", ca.toString()));
          node.put("notBefore", c.validity().from().toString());
          node.put("notAfter", c.validity().until().toString());
          c.ordered().ifPresent(time -> node.put("ordered", time.toString()));
        });
    plan.ifPresent(
        p -> {
          ObjectNode node = json.putObject("renewal");
          node.put("at", p.renewAt().toString());
          p.window()
              .ifPresent(
                  w ->
                      node.put("windowStart", w.start().toString())
                          .put("windowEnd", w.end().toString()));
          p.explanation().ifPresent(url -> node.put("explanation", url.toString()));
          node.put("check", p.checkAt().toString());
        });
    if (!tries.isEmpty()) {
      ArrayNode failed = json.putArray("failures");
      tries.forEach(
          (ca, t) ->
              failed
                  .addObject()
                  .put("ca", ca.toString())
                  .put("count", t.failures())
                  .put("next", t.next().toString())
                  .put("paused", t.paused())
                  .put("reason", t.reason()));
    }
    return Json.writePretty(json);
  }

  static CertificateRecord of(StoreRecord stored) {
    try {
      Fields json = Json.read(stored.content(), "certificate record");
      Map<URI, Tries> tries = new LinkedHashMap<>();
      for (Fields each : json.objects("failures")) {
        tries.put(
            each.link("ca").orElseThrow(() -> new NotAcme("a URL of a CA", "none")),
            new Tries(
                Math.min(MOST_FAILURES, Math.max(1, each.number("count"))),
                time(each, "next"),
                each.flag("paused").orElse(false),
                each.optionalText("reason").orElse("")));
      }
      return new CertificateRecord(
          new ArrayList<>(json.texts("names")),
          json.object("certificate").map(CertificateRecord::current),
          json.object("renewal").map(CertificateRecord::plan),
          tries);
    } catch (NotAcme e) {
      throw new StoreException(
          stored.path(),
          "the record "
              + stored.path()
              + " is not one of a certificate: expected "
              + e.expected()
              + ", found "
              + e.came()
              + "; restore it from a backup, or delete it to order a new certificate",
          e);
    }
  }

  private static Current current(Fields json) {
    return new Current(
        name(json, "chain"),
        name(json, "key"),
        json.link("ca"),
        new Validity(time(json, "notBefore"), time(json, "notAfter")),
        json.time("ordered").map(Window::bounded));
  }

  private static RenewalPlan plan(Fields json) {
    return new RenewalPlan(
        time(json, "at"),
        json.time("windowStart")
            .flatMap(start -> json.time("windowEnd").map(end -> Window.of(start, end))),
        json.link("explanation"),
        time(json, "check"));
  }

  /** A fingerprint: it becomes part of a path. */
  private static String name(Fields json, String field) {
    String value = json.text(field);
    if (!value.matches("[A-Za-z0-9_-]{1,64}")) {
      throw new NotAcme("a fingerprint in " + field, "something else");
    }
    return value;
  }

  private static Instant time(Fields json, String field) {
    return json.time(field)
        .map(Window::bounded)
        .orElseThrow(() -> new NotAcme("a time in " + field, "none"));
  }
}
