package io.github.certflux.dns;

import io.github.certflux.dns.ApiServer.Answer;
import io.github.certflux.dns.ApiServer.Request;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Cloudflare's API, version 4, as far as TXT records go. */
final class FakeCloudflare implements Function<Request, Answer> {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** A record. */
  record Txt(String id, String zone, String name, String content, int ttl) {}

  /** Zones by their identifiers. */
  final Map<String, String> zones = new LinkedHashMap<>();

  final List<Txt> records = new CopyOnWriteArrayList<>();
  final String token;

  /** How many records there are on a page, whatever is asked for. */
  int pageSize = 100;

  private int ids;

  FakeCloudflare(String token) {
    this.token = token;
  }

  @Override
  public Answer apply(Request request) {
    if (!("Bearer " + token).equals(request.headers().get("Authorization"))) {
      return error(403, 10_000, "Authentication error");
    }
    String path = request.path().substring("/client/v4".length());
    String[] parts = path.split("/");
    if (path.equals("/zones")) {
      ArrayNode found = JSON.createArrayNode();
      zones.forEach(
          (id, name) -> {
            if (name.equals(request.query("name"))) {
              found.addObject().put("id", id).put("name", name).put("status", status(id));
            }
          });
      return page(found, request, 50);
    }
    String zone = parts[2];
    if (!zones.containsKey(zone)) {
      return error(404, 7_003, "Could not route to /zones/" + zone);
    }
    return switch (request.method()) {
      case "GET" -> list(zone, request);
      case "POST" -> create(zone, JSON.readTree(request.body()));
      default -> delete(parts[4]);
    };
  }

  private static String status(String id) {
    return id.startsWith("pending") ? "pending" : "active";
  }

  private Answer list(String zone, Request request) {
    ArrayNode found = JSON.createArrayNode();
    for (Txt one : records) {
      if (one.zone().equals(zone) && one.name().equals(request.query("name"))) {
        found
            .addObject()
            .put("id", one.id())
            .put("name", one.name())
            .put("type", "TXT")
            .put("content", one.content())
            .put("ttl", one.ttl());
      }
    }
    return page(found, request, pageSize);
  }

  private Answer create(String zone, JsonNode body) {
    String name = body.path("name").asString();
    String content = body.path("content").asString();
    int ttl = body.path("ttl").asInt();
    if (ttl != 1 && (ttl < 60 || ttl > 86_400)) {
      return error(400, 9_021, "TTL must be between 60 and 86400 seconds, or 1 for Automatic.");
    }
    if (records.stream()
        .anyMatch(one -> one.name().equals(name) && one.content().equals(content))) {
      return error(400, 81_058, "An identical record already exists.");
    }
    Txt made = new Txt("record" + ++ids, zone, name, content, ttl);
    records.add(made);
    return success(JSON.createObjectNode().put("id", made.id()), null);
  }

  private Answer delete(String id) {
    return records.removeIf(one -> one.id().equals(id))
        ? success(JSON.createObjectNode().put("id", id), null)
        : error(404, 81_044, "Record does not exist.");
  }

  private static Answer page(ArrayNode all, Request request, int size) {
    int page = Integer.parseInt("0" + request.query("page"));
    int first = (Math.max(1, page) - 1) * size;
    ArrayNode here = JSON.createArrayNode();
    for (int i = first; i < Math.min(all.size(), first + size); i++) {
      here.add(all.get(i));
    }
    return success(
        here,
        JSON.createObjectNode()
            .put("page", Math.max(1, page))
            .put("per_page", size)
            .put("count", here.size())
            .put("total_count", all.size())
            .put("total_pages", (all.size() + size - 1) / size));
  }

  private static Answer success(JsonNode result, ObjectNode info) {
    ObjectNode body = JSON.createObjectNode().put("success", true);
    body.putArray("errors");
    body.set("result", result);
    if (info != null) {
      body.set("result_info", info);
    }
    return Answer.of(200, body.toString());
  }

  static Answer error(int status, int code, String message) {
    ObjectNode body = JSON.createObjectNode().put("success", false);
    body.putArray("errors").addObject().put("code", code).put("message", message);
    body.putNull("result");
    return Answer.of(status, body.toString());
  }
}
