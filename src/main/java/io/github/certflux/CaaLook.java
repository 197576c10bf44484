package io.github.certflux;

import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.dns.CaaSet;
import io.github.certflux.dns.DnsException;
import io.github.certflux.dns.DnsLookup;
import io.github.certflux.internal.NotAcme;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Whether CAA records let this CA issue (RFC 8659), to this account and by this method (RFC 8657).
 */
final class CaaLook {
  private static final String ISSUE = "issue";
  private static final String ISSUE_WILD = "issuewild";

  /** A critical property with another tag forbids every CA that does not know it. */
  private static final Set<String> KNOWN =
      Set.of(ISSUE, ISSUE_WILD, "iodef", "issuemail", "contactemail", "contactphone");

  private final DnsLookup lookup;

  CaaLook(DnsLookup lookup) {
    this.lookup = lookup;
  }

  /**
   * Looks at the CAA records that count for a name.
   *
   * @param identities what the CA calls itself in them
   * @param method the type of challenge
   */
  Mono<Void> look(List<String> identities, String method, SolverRequest request) {
    String name = request.identifier().value();
    return lookup
        .caa(name)
        .onErrorMap(
            DnsException.class,
            error ->
                new NotSeen(
                    "the CAA records of " + name,
                    "an answer",
                    String.valueOf(error.getMessage()),
                    error))
        .flatMap(
            set ->
                objection(set, identities, method, request)
                    .map(
                        found ->
                            Mono.<Void>error(
                                new NotSeen(
                                    "the CAA records of " + set.name(),
                                    "that "
                                        + String.join(" or ", identities)
                                        + " may issue for "
                                        + (request.wildcard() ? "*." : "")
                                        + name,
                                    found,
                                    null)))
                    .orElseGet(Mono::empty));
  }

  /** What forbids to issue; empty for nothing. */
  static Optional<String> objection(
      CaaSet set, List<String> identities, String method, SolverRequest request) {
    Optional<CaaSet.Property> unknown =
        set.properties().stream()
            .filter(property -> property.critical() && !KNOWN.contains(tag(property)))
            .findFirst();
    if (unknown.isPresent()) {
      return unknown.map(property -> shown(property) + ", which is critical and not known");
    }
    List<CaaSet.Property> relevant = relevant(set, request.wildcard());
    List<String> objections = new ArrayList<>();
    for (CaaSet.Property property : relevant) {
      Optional<String> objection = objection(property, identities, method, request);
      if (objection.isEmpty()) {
        return Optional.empty();
      }
      objections.add(shown(property) + objection.get());
    }
    return relevant.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", objections));
  }

  /** §4.3: for a wildcard {@code issuewild}, and {@code issue} where there is none. */
  private static List<CaaSet.Property> relevant(CaaSet set, boolean wildcard) {
    Map<String, List<CaaSet.Property>> byTag =
        set.properties().stream().collect(Collectors.groupingBy(CaaLook::tag));
    List<CaaSet.Property> issue = byTag.getOrDefault(ISSUE, List.of());
    return wildcard ? byTag.getOrDefault(ISSUE_WILD, issue) : issue;
  }

  private static String tag(CaaSet.Property property) {
    return property.tag().toLowerCase(Locale.ROOT);
  }

  private static String shown(CaaSet.Property property) {
    return NotAcme.printable(
        (property.critical() ? "128 " : "0 ") + property.tag() + " \"" + property.value() + "\"");
  }

  private static Optional<String> objection(
      CaaSet.Property property, List<String> identities, String method, SolverRequest request) {
    String[] parts = property.value().split(";", -1);
    String issuer = parts[0].strip();
    if (identities.stream().noneMatch(issuer::equalsIgnoreCase)) {
      return Optional.of(""); // another CA
    }
    Map<String, String> parameters = parameters(parts);
    if (parameters == null) {
      return Optional.of(", whose parameters can't be read");
    }
    String account = parameters.get("accounturi");
    if (account != null && !account.equals(request.account().toString())) {
      return Optional.of(", which is for another account than " + request.account());
    }
    String methods = parameters.get("validationmethods");
    if (methods != null
        && Arrays.stream(methods.split(",")).noneMatch(one -> one.strip().equals(method))) {
      return Optional.of(", which does not allow " + method);
    }
    return Optional.empty();
  }

  /** §4.2: {@code tag=value}, of which no tag may come twice; null for what is not so. */
  private static @Nullable Map<String, String> parameters(String[] parts) {
    Map<String, String> all = new HashMap<>();
    for (int i = 1; i < parts.length; i++) {
      String text = parts[i].strip();
      int equals = text.indexOf('=');
      if (!text.isEmpty()) {
        String tag = text.substring(0, Math.max(0, equals)).strip().toLowerCase(Locale.ROOT);
        if (tag.isEmpty() || all.put(tag, text.substring(equals + 1).strip()) != null) {
          return null;
        }
      }
    }
    return all;
  }
}
