package io.github.certflux.testca;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON, read strictly. */
final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  static {
    MAPPER.readTree("{}"); // the first reading takes a lock, which is not for an event loop
  }

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static ArrayNode array() {
    return MAPPER.createArrayNode();
  }

  static byte[] bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  /**
   * An object.
   *
   * @throws Refusal with that detail when it is something else
   */
  static ObjectNode parse(byte[] body, String detail) {
    JsonNode node;
    try {
      node = MAPPER.readTree(body);
    } catch (JacksonException e) {
      throw Refusal.malformed(detail);
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw Refusal.malformed(detail);
  }

  /**
   * A member that is a string, {@code ""} when it is absent.
   *
   * @throws Refusal when it is not a string
   */
  static String string(ObjectNode object, String name) {
    JsonNode node = object.get(name);
    if (node == null || node.isNull()) {
      return "";
    }
    if (!node.isString()) {
      throw Refusal.malformed("Field \"" + name + "\" must be a string");
    }
    return node.stringValue();
  }

  /**
   * A member that is true or false, false when it is absent.
   *
   * @throws Refusal when it is something else
   */
  static boolean bool(ObjectNode object, String name) {
    JsonNode node = object.get(name);
    if (node == null || node.isNull()) {
      return false;
    }
    if (!node.isBoolean()) {
      throw Refusal.malformed("Field \"" + name + "\" must be true or false");
    }
    return node.booleanValue();
  }
}
