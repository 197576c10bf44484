package io.github.certflux.manager;

import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Who has the certificate of a name: two look-ups in a hash table, whatever the number of names.
 * Thread-safe, and never waits.
 */
final class NameIndex {

  /** Nearly always one; those that share a name, in the order in which they came. */
  private final ConcurrentMap<String, Managed[]> byName = new ConcurrentHashMap<>();

  void add(Managed managed) {
    for (String name : managed.set.names()) {
      byName.merge(name, new Managed[] {managed}, NameIndex::both);
    }
  }

  private static Managed[] both(Managed[] there, Managed[] added) {
    Managed[] both = java.util.Arrays.copyOf(there, there.length + 1);
    both[there.length] = added[0];
    return both;
  }

  void remove(Managed managed) {
    for (String name : managed.set.names()) {
      byName.computeIfPresent(
          name,
          (same, there) -> {
            Managed[] left =
                java.util.Arrays.stream(there).filter(m -> m != managed).toArray(Managed[]::new);
            return left.length == 0 ? null : left;
          });
    }
  }

  /**
   * Whose certificate is for a name: one that names it, or else one with the wildcard above it.
   *
   * @param name as a handshake has it
   * @return one that has a certificate; {@code null} if there is none
   */
  @Nullable Managed find(String name) {
    String lower = normalised(name);
    Managed exact = withCertificate(byName.get(lower));
    if (exact != null) {
      return exact;
    }
    int dot = lower.indexOf('.');
    return dot <= 0 ? null : withCertificate(byName.get("*" + lower.substring(dot)));
  }

  /** In lower case, and without the dot of the root. */
  static String normalised(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  private static @Nullable Managed withCertificate(Managed @Nullable [] holders) {
    Managed best = null;
    if (holders != null) {
      for (Managed each : holders) {
        ManagedCertificate certificate = each.certificate;
        if (certificate != null && (best == null || later(certificate, best.certificate))) {
          best = each;
        }
      }
    }
    return best;
  }

  private static boolean later(ManagedCertificate one, @Nullable ManagedCertificate other) {
    return other != null && one.notAfter().isAfter(other.notAfter());
  }
}
