package io.github.certflux;

import io.github.certflux.protocol.Identifier;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * By which types of challenge the CA could not prove a name. Its next order tries another type: a
 * balancer that ends TLS, say, lets http-01 through, but never tls-alpn-01. Not at once, since a CA
 * counts failures by name; and not in the store, since a restart may have put it right.
 * Thread-safe.
 */
final class FailedTypes {
  private static final int MOST_NAMES = 10_000;

  private final Map<Identifier, List<String>> byName = new LinkedHashMap<>();

  /** Those of a name, the one that failed longest ago first. */
  synchronized List<String> of(Identifier name) {
    return byName.getOrDefault(name, List.of());
  }

  synchronized void add(Identifier name, String type) {
    List<String> types = new ArrayList<>(of(name));
    types.remove(type);
    types.add(type);
    byName.remove(name); // to be the last of those that are forgotten
    byName.put(name, List.copyOf(types));
    if (byName.size() > MOST_NAMES) {
      Iterator<Identifier> eldest = byName.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
  }
}
