package io.github.certflux.dns;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * One value of a TXT record set (RFC 1035 §3.3.14).
 *
 * @param name the absolute name, without the dot at its end, in lower case; A-labels and
 *     underscores
 * @param value 1 to 2048 printable characters of ASCII; a provider cuts what is longer than 255
 *     into strings
 * @param ttl how long others may keep it: whole seconds, 1 s to 7 days. A provider that takes no
 *     TTL as short uses its shortest
 */
public record TxtRecord(String name, String value, Duration ttl) {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?");
  private static final Pattern VALUE = Pattern.compile("[ -~]{1,2048}");
  private static final int LONGEST_NAME = 253;
  private static final Duration LEAST_TTL = Duration.ofSeconds(1);
  private static final Duration LONGEST_TTL = Duration.ofDays(7);

  /**
   * Checks what it is given; a dot at the end of the name is cut off, and its letters are made
   * small.
   *
   * @param name the absolute name
   * @param value the value
   * @param ttl how long others may keep it
   * @throws IllegalArgumentException for what no record can hold
   */
  public TxtRecord {
    name = name.toLowerCase(Locale.ROOT);
    name = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    boolean fits = name.length() <= LONGEST_NAME;
    for (String label : name.split("\\.", -1)) {
      fits &= LABEL.matcher(label).matches();
    }
    if (!fits) {
      throw new IllegalArgumentException("not a name for a TXT record: '" + name + "'");
    }
    if (!VALUE.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "the value of a TXT record is 1 to 2048 printable ASCII characters: " + name);
    }
    if (ttl.compareTo(LEAST_TTL) < 0
        || ttl.compareTo(LONGEST_TTL) > 0
        || !ttl.equals(ttl.truncatedTo(ChronoUnit.SECONDS))) {
      throw new IllegalArgumentException("a TTL is 1 s to 7 days, in whole seconds: " + ttl);
    }
  }
}
