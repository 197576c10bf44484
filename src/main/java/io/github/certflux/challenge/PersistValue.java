package io.github.certflux.challenge;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The value of a dns-persist-01 record, in the syntax of a CAA record's issue property (RFC 8659
 * §4.2).
 *
 * @param issuer the CA's issuer domain name; empty for a value that can't be read
 * @param parameters by name in lower case
 */
record PersistValue(String issuer, Map<String, String> parameters) {
  private static final PersistValue UNREADABLE = new PersistValue("", Map.of());

  /** Comes from anyone: what can't be read proves nothing. */
  static PersistValue parse(String value) {
    String[] parts = value.split(";", -1);
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals < 0) {
        return UNREADABLE;
      }
      String tag = parts[i].substring(0, equals).strip().toLowerCase(Locale.ROOT);
      if (tag.isEmpty() || parameters.put(tag, parts[i].substring(equals + 1).strip()) != null) {
        return UNREADABLE;
      }
    }
    return new PersistValue(parts[0].strip(), parameters);
  }

  /** A parameter's value; empty if there is none. */
  String parameter(String tag) {
    return parameters.getOrDefault(tag, "");
  }

  /** Whether a CA may still take it for new proofs. */
  boolean isValidAt(long epochSecond) {
    String until = parameters.get("persistuntil");
    try {
      return until == null || Long.parseLong(until) >= epochSecond;
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
