package io.github.certflux.internal;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/** JSON in and out, with bounds on what comes from outside. */
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(32)
                          .maxNumberLength(32)
                          .maxNameLength(1024)
                          .maxStringLength(1 << 20)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static {
    MAPPER.readTree("{}"); // the first reading takes a lock, which is not for an event loop
  }

  private Json() {}

  /**
   * Reads an object.
   *
   * @param what what it should be, for messages
   * @throws NotAcme if it is no JSON object
   */
  public static Fields read(byte[] body, String what) {
    JsonNode node = tree(body, what);
    if (!node.isObject()) {
      throw new NotAcme(what + " as a JSON object", preview(body));
    }
    return new Fields(node, what);
  }

  /**
   * Reads an array of objects.
   *
   * @param what what each should be, for messages
   * @throws NotAcme if it is no such array
   */
  public static List<Fields> readAll(byte[] body, String what) {
    JsonNode node = tree(body, what);
    if (!node.isArray()) {
      throw new NotAcme(what + " in a JSON array", preview(body));
    }
    List<Fields> all = new ArrayList<>();
    for (JsonNode element : node.values()) {
      if (!element.isObject()) {
        throw new NotAcme(what + " as JSON objects", preview(body));
      }
      all.add(new Fields(element, what + "[" + all.size() + "]"));
    }
    return all;
  }

  private static JsonNode tree(byte[] body, String what) {
    try {
      return MAPPER.readTree(body);
    } catch (JacksonException e) {
      throw new NotAcme(what + " in JSON", preview(body), e);
    }
  }

  /** An object to be filled and written. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** An array to be filled and written. */
  public static ArrayNode array() {
    return MAPPER.createArrayNode();
  }

  /** JSON that is written already, to stand in an object as it is. */
  public static JsonNode raw(byte[] json) {
    return MAPPER
        .getNodeFactory()
        .rawValueNode(new RawValue(new String(json, StandardCharsets.UTF_8)));
  }

  /** Writes an object or an array. */
  public static byte[] write(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  /** Writes an object on several lines, as files that people open should be. */
  public static byte[] writePretty(ObjectNode node) {
    return (MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Writes a flat object. */
  public static byte[] write(Map<String, ?> fields) {
    return MAPPER.writeValueAsBytes(fields);
  }

  private static String preview(byte[] body) {
    return body.length == 0
        ? "nothing"
        : new String(body, 0, Math.min(body.length, 400), StandardCharsets.UTF_8);
  }
}
