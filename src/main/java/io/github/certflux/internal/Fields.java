package io.github.certflux.internal;

import io.github.certflux.protocol.Status;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The fields of a JSON object from outside. A field that is missing where the protocol needs it, or
 * of another type, is {@link NotAcme} with the field's path; unknown fields are passed over.
 */
public final class Fields {
  private static final int MOST_ELEMENTS = 10_000;

  private final JsonNode node;
  private final String path;

  Fields(JsonNode node, String path) {
    this.node = node;
    this.path = path;
  }

  /** Whether the field is there and not null. */
  public boolean has(String name) {
    JsonNode field = node.get(name);
    return field != null && !field.isNull();
  }

  /** A text that must be there. */
  public String text(String name) {
    return optionalText(name).orElseThrow(() -> missing(name, "a string"));
  }

  /** A text, if it is there. */
  public Optional<String> optionalText(String name) {
    return field(name).map(value -> asText(value, name));
  }

  /**
   * Words that people are shown, if they are there: cut, and no line can be forged with them.
   *
   * @param most how many characters are kept
   */
  Optional<String> words(String name, int most) {
    return optionalText(name).map(value -> NotAcme.printable(value, most));
  }

  /** A status that must be there. */
  public Status status(String name) {
    return new Status(NotAcme.printable(text(name)));
  }

  /** A URL that must be there, and be safe to send a request to. */
  public URI url(String name, Urls urls) {
    return optionalUrl(name, urls).orElseThrow(() -> missing(name, "a URL"));
  }

  /** A URL that is safe to send a request to, if it is there. */
  public Optional<URI> optionalUrl(String name, Urls urls) {
    return optionalText(name).map(value -> urls.check(value, path + "." + name));
  }

  /** URLs that are safe to send requests to; none if the field is not there. */
  public List<URI> urls(String name, Urls urls) {
    return texts(name).stream().map(value -> urls.check(value, path + "." + name)).toList();
  }

  /** A link for people, of any scheme; not there when it can't be read. */
  public Optional<URI> link(String name) {
    return optionalText(name)
        .flatMap(
            value -> {
              try {
                return Optional.of(URI.create(value));
              } catch (IllegalArgumentException e) {
                return Optional.empty();
              }
            });
  }

  /** A time (RFC 3339), if it is there. */
  public Optional<Instant> time(String name) {
    return optionalText(name)
        .map(
            value -> {
              try {
                return OffsetDateTime.parse(value).toInstant();
              } catch (DateTimeException e) {
                throw new NotAcme("an RFC 3339 time in " + path + "." + name, value, e);
              }
            });
  }

  /** A boolean, if it is there. */
  public Optional<Boolean> flag(String name) {
    return field(name)
        .map(
            value -> {
              if (!value.isBoolean()) {
                throw wrong(name, "a boolean", value);
              }
              return value.booleanValue();
            });
  }

  /** A whole number; 0 if it is not there, or no whole number. */
  public int number(String name) {
    return field(name).filter(JsonNode::isInt).map(JsonNode::intValue).orElse(0);
  }

  /** A number from 0 to 1; 1 if it is not there, or anything else. */
  public double fraction(String name) {
    double value = field(name).filter(JsonNode::isNumber).map(JsonNode::doubleValue).orElse(1.0);
    return value >= 0 && value <= 1 ? value : 1;
  }

  /** A list of texts; empty if it is not there. */
  public List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : elements(name)) {
      texts.add(asText(element, name));
    }
    return texts;
  }

  /** A map of texts; empty if it is not there. */
  public Map<String, String> textMap(String name) {
    Map<String, String> map = new LinkedHashMap<>();
    object(name)
        .ifPresent(
            fields -> fields.node.propertyNames().forEach(key -> map.put(key, fields.text(key))));
    return map;
  }

  /** An object, if it is there. */
  public Optional<Fields> object(String name) {
    return field(name)
        .map(
            value -> {
              if (!value.isObject()) {
                throw wrong(name, "an object", value);
              }
              return new Fields(value, path + "." + name);
            });
  }

  /** A list of objects; empty if it is not there. */
  public List<Fields> objects(String name) {
    List<Fields> objects = new ArrayList<>();
    for (JsonNode element : elements(name)) {
      if (!element.isObject()) {
        throw wrong(name, "objects", element);
      }
      objects.add(new Fields(element, path + "." + name + "[" + objects.size() + "]"));
    }
    return objects;
  }

  private Iterable<JsonNode> elements(String name) {
    Optional<JsonNode> value = field(name);
    if (value.isEmpty()) {
      return List.of();
    }
    if (!value.get().isArray()) {
      throw wrong(name, "an array", value.get());
    }
    if (value.get().size() > MOST_ELEMENTS) {
      throw new NotAcme("at most " + MOST_ELEMENTS + " elements in " + path + "." + name, "more");
    }
    return value.get().values();
  }

  private Optional<JsonNode> field(String name) {
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  private String asText(JsonNode value, String name) {
    if (!value.isString()) {
      throw wrong(name, "a string", value);
    }
    return value.stringValue();
  }

  private NotAcme missing(String name, String type) {
    return new NotAcme(type + " in " + path + "." + name, "none");
  }

  private NotAcme wrong(String name, String type, JsonNode value) {
    return new NotAcme(
        type + " in " + path + "." + name,
        "a JSON " + value.getNodeType().name().toLowerCase(java.util.Locale.ROOT));
  }
}
