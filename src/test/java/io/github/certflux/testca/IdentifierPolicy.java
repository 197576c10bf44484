package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** Which identifiers the CA takes. */
final class IdentifierPolicy {
  private static final int MOST = 100;

  private IdentifierPolicy() {}

  /**
   * The identifiers of a newOrder request: in lower case, each once.
   *
   * @throws Refusal with a subproblem for each that is rejected
   */
  static List<Identifier> parse(JsonNode node, Predicate<Identifier> rejected) {
    if (node == null || !node.isArray() || node.isEmpty()) {
      throw Refusal.malformed("NewOrder request did not specify any identifiers");
    }
    Set<Identifier> identifiers = new LinkedHashSet<>();
    for (JsonNode each : node) {
      String type = each.path("type").asString("");
      String value = each.path("value").asString("").toLowerCase(Locale.ROOT);
      if (!type.equals("dns") && !type.equals("ip")) {
        throw Refusal.of(
            400,
            "unsupportedIdentifier",
            "NewOrder request included unsupported identifier: type \""
                + type
                + "\", value \""
                + value
                + "\"");
      }
      if (value.isEmpty()) {
        throw Refusal.malformed("NewOrder request included empty identifier");
      }
      identifiers.add(new Identifier(type, value));
    }
    List<Identifier> list = new ArrayList<>(identifiers);
    if (list.size() > MOST) {
      throw Refusal.malformed("Order cannot contain more than " + MOST + " identifiers");
    }
    check(list, rejected);
    return list;
  }

  private static void check(List<Identifier> identifiers, Predicate<Identifier> rejected) {
    List<CaProblem.Subproblem> wrong = new ArrayList<>();
    for (Identifier identifier : identifiers) {
      String why = objection(identifier);
      if (why.isEmpty() && rejected.test(identifier)) {
        why = "The CA refuses to issue a certificate for this name by policy";
      }
      if (!why.isEmpty()) {
        wrong.add(new CaProblem.Subproblem(identifier, "rejectedIdentifier", why));
      }
    }
    if (!wrong.isEmpty()) {
      CaProblem.Subproblem first = wrong.get(0);
      String detail = "Cannot issue for \"" + first.identifier() + "\": " + first.detail();
      if (wrong.size() == 1) {
        throw Refusal.of(400, "rejectedIdentifier", detail);
      }
      throw new Refusal(
          CaProblem.of(
                  400,
                  "rejectedIdentifier",
                  detail + " (and " + (wrong.size() - 1) + " more problems, see subproblems)")
              .withSubproblems(wrong));
    }
    checkRedundant(identifiers);
  }

  private static void checkRedundant(List<Identifier> identifiers) {
    for (Identifier identifier : identifiers) {
      int dot = identifier.value().indexOf('.');
      boolean name = identifier.type().equals("dns") && !identifier.value().startsWith("*.");
      if (name && identifiers.contains(Identifier.dns("*" + identifier.value().substring(dot)))) {
        throw Refusal.malformed(
            "Domain name \""
                + identifier
                + "\" is redundant with a wildcard domain in the request");
      }
    }
  }

  private static String objection(Identifier identifier) {
    String value = identifier.value();
    if (identifier.type().equals("ip")) {
      byte[] address = NetUtil.createByteArrayFromIpAddressString(value);
      boolean canonical = address != null && NetUtil.bytesToIpAddress(address).equals(value);
      return canonical ? "" : "IP address is invalid";
    }
    String name = value.startsWith("*.") ? value.substring(2) : value;
    if (NetUtil.createByteArrayFromIpAddressString(name) != null) {
      return "Identifier type is DNS but value is an IP address";
    }
    if (name.length() > 253) {
      return "Domain name is longer than 253 bytes";
    }
    if (name.indexOf('.') < 0) {
      return "Domain name needs at least one dot";
    }
    for (String label : name.split("\\.", -1)) {
      if (label.isEmpty() || label.length() > 63) {
        return "Domain name contains an empty or an overlong label";
      }
      if (!label.chars().allMatch(IdentifierPolicy::isLetterDigitHyphen)
          || label.startsWith("-")
          || label.endsWith("-")) {
        return "Domain name contains an invalid character";
      }
    }
    return "";
  }

  private static boolean isLetterDigitHyphen(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  }
}
