package io.github.certflux.store;

import io.github.certflux.internal.Fingerprints;
import java.time.Duration;
import java.util.regex.Pattern;

/** What every store asks of its arguments, and how it names a version. */
final class StoreRules {

  static final int MAX_CONTENT = 1 << 20;
  static final Duration MIN_TERM = Duration.ofSeconds(1);
  static final Duration MAX_TERM = Duration.ofHours(1);

  private static final String SEGMENT = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}";
  private static final Pattern NAME = Pattern.compile(SEGMENT);
  private static final Pattern PATH = Pattern.compile(SEGMENT + "(?:/" + SEGMENT + "){0,7}");

  private StoreRules() {}

  /** The path itself, if it may name a record or a lease. */
  static String path(String path) {
    if (!isPath(path)) {
      throw new IllegalArgumentException(
          "not a path of a store (one to eight segments of 1 to 128 of [A-Za-z0-9._-], joined by"
              + " '/', none beginning with a dot): "
              + quoted(path));
    }
    return path;
  }

  /** Whether this may name a record or a lease. */
  static boolean isPath(String path) {
    return PATH.matcher(path).matches();
  }

  /** A path, or empty for all. */
  static String folder(String folder) {
    return folder.isEmpty() ? folder : path(folder);
  }

  /** Whether one segment of a path may have this name. */
  static boolean isName(String segment) {
    return NAME.matcher(segment).matches();
  }

  /** A copy, so that the caller may overwrite a secret once the publisher is assembled. */
  static byte[] content(String path, byte[] content) {
    if (content.length > MAX_CONTENT) {
      throw new IllegalArgumentException(
          path + ": a record holds 1 MiB at most, not " + content.length + " bytes");
    }
    return content.clone();
  }

  static Duration term(Duration term) {
    if (term.compareTo(MIN_TERM) < 0 || term.compareTo(MAX_TERM) > 0) {
      throw new IllegalArgumentException("a lease's term is a second to an hour, not " + term);
    }
    return term;
  }

  /** A record's version: what it holds, hashed. It needs no memory of its own. */
  static String version(byte[] content) {
    return Fingerprints.of(content);
  }

  /** Without control characters, and not for ever. */
  private static String quoted(String path) {
    String printable = path.replaceAll("[^\\x20-\\x7e]", "?");
    return "\""
        + (printable.length() <= 200 ? printable : printable.substring(0, 200) + "…")
        + "\"";
  }
}
