package io.github.certflux.examples;

import io.github.certflux.testca.IssuedCertificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What must never happen in a cluster, and how often it did; safe for all threads. */
final class ClusterTruth {
  private final List<String> wrong = new ArrayList<>();
  private final Map<String, String> holders = new LinkedHashMap<>();
  private int refused;
  private int failed;
  private int handshakes;
  private int invalid;
  private int twice;
  private int heldByTwo;

  /** A node has told something. */
  synchronized void heard(NodeProcess node, String line) {
    if (line.startsWith("WROTE ")) {
      String writer = "node " + node.number + ", life " + node.life();
      String other = holders.putIfAbsent(line.substring(6), writer);
      if (other != null && !other.equals(writer)) {
        heldByTwo++;
        wrong.add(line.substring(6) + " was used by " + other + " and by " + writer);
      }
    } else if (line.startsWith("REFUSED ")) {
      refused++;
    } else if (line.startsWith("FAILED ")) {
      failed++;
    }
  }

  synchronized void shook() {
    handshakes++;
  }

  synchronized void invalid(String name, NodeProcess node, Exception why) {
    handshakes++;
    invalid++;
    wrong.add(name + " at node " + node.number + ": " + why.getMessage());
  }

  /** Nothing renews sooner than after three tenths of the lifetime. */
  synchronized void issued(Collection<IssuedCertificate> certificates, Duration lifetime) {
    Duration least = lifetime.multipliedBy(3).dividedBy(10);
    Map<String, List<IssuedCertificate>> byName =
        certificates.stream()
            .sorted(Comparator.comparing(IssuedCertificate::issued))
            .collect(Collectors.groupingBy(c -> c.identifiers().get(0).value()));
    byName.forEach(
        (name, all) -> {
          for (int i = 1; i < all.size(); i++) {
            Duration after = Duration.between(all.get(i - 1).issued(), all.get(i).issued());
            if (after.compareTo(least) < 0) {
              twice++;
              wrong.add(name + " was ordered again after " + after.toMillis() + " ms");
            }
          }
        });
  }

  synchronized boolean isWell() {
    return wrong.isEmpty() && handshakes > 0;
  }

  synchronized List<String> wrong() {
    return List.copyOf(wrong);
  }

  synchronized Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("handshakes", handshakes);
    figures.put("invalid", invalid);
    figures.put("orderedTwice", twice);
    figures.put("leases", holders.size());
    figures.put("heldByTwo", heldByTwo);
    figures.put("lateWritesRefused", refused);
    figures.put("failedAttempts", failed);
    return figures;
  }
}
