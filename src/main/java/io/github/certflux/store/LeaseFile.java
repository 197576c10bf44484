package io.github.certflux.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * What the file of a lease says. It stays when the lease is released, so that tokens never go back.
 *
 * @param token of the last holder
 * @param owner who holds it; empty for nobody
 * @param expires when its term ends, by the clock of the holder
 * @param term how long it is held without renewal
 */
record LeaseFile(long token, String owner, Instant expires, Duration term) {

  boolean isHeld() {
    return !owner.isEmpty();
  }

  LeaseFile renewed(Instant now) {
    return new LeaseFile(token, owner, now.plus(term), term);
  }

  LeaseFile released() {
    return new LeaseFile(token, "", expires, term);
  }

  byte[] bytes() {
    String text =
        String.join(
            "\n", "token=" + token, "owner=" + owner, "expires=" + expires, "term=" + term, "");
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static LeaseFile parse(Path file, byte[] bytes) throws IOException {
    Map<String, String> lines = new HashMap<>();
    for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        lines.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    try {
      return new LeaseFile(
          Long.parseLong(lines.getOrDefault("token", "")),
          lines.getOrDefault("owner", ""),
          Instant.parse(lines.getOrDefault("expires", "")),
          Duration.parse(lines.getOrDefault("term", "")));
    } catch (NumberFormatException | DateTimeException e) {
      throw FileTree.trouble(
          file, "is damaged: delete it while no process uses the store, and try again");
    }
  }
}
