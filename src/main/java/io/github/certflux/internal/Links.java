package io.github.certflux.internal;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads {@code Link} headers (RFC 8288 §3). What can't be read is passed over: a link is an offer.
 *
 * @param headers one element for each header line
 */
public record Links(List<String> headers) {
  /** No links. */
  static final Links NONE = new Links(List.of());

  /** The links of an answer. */
  public static Links of(AcmeResponse response) {
    return new Links(response.links());
  }

  /** The targets of a relation type, as they came, in their order. */
  public List<String> targets(String relation) {
    List<String> targets = new ArrayList<>();
    for (String header : headers) {
      new Line(header).read(relation, targets);
    }
    return targets;
  }

  /** The first target of a relation type for people, of any scheme; never requested. */
  public Optional<URI> first(String relation) {
    for (String target : targets(relation)) {
      try {
        return Optional.of(URI.create(target));
      } catch (IllegalArgumentException e) {
        // the next may be better
      }
    }
    return Optional.empty();
  }

  /** One header line on its way from left to right. */
  private static final class Line {
    private final String text;
    private int at;

    Line(String text) {
      this.text = text;
    }

    void read(String relation, List<String> targets) {
      while (skip(" \t,") && text.charAt(at) == '<') {
        int end = text.indexOf('>', at);
        if (end < 0) {
          return;
        }
        String target = text.substring(at + 1, end).strip();
        at = end + 1;
        if (hasRelation(relation)) {
          targets.add(target);
        }
      }
    }

    /** Reads the parameters; only the first {@code rel} counts (§3.3). */
    private boolean hasRelation(String relation) {
      String relations = "";
      boolean elsewhere = false;
      while (skip(" \t") && text.charAt(at) == ';') {
        at++;
        skip(" \t");
        String name = until(" \t=;,").toLowerCase(Locale.ROOT);
        String value = skip(" \t") && text.charAt(at) == '=' ? value() : "";
        if (name.equals("rel") && relations.isEmpty()) {
          relations = value;
        }
        elsewhere |= name.equals("anchor"); // a link of something else (§3.2)
      }
      return !elsewhere
          && List.of(relations.toLowerCase(Locale.ROOT).split("\\s+")).contains(relation);
    }

    private String value() {
      at++;
      if (!skip(" \t") || text.charAt(at) != '"') {
        return until(" \t;,");
      }
      StringBuilder value = new StringBuilder();
      for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at));
      }
      at++;
      return value.toString();
    }

    /** Moves on over these; whether there is more. */
    private boolean skip(String these) {
      while (at < text.length() && these.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      return at < text.length();
    }

    private String until(String these) {
      int from = at;
      while (at < text.length() && these.indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(from, at);
    }
  }
}
