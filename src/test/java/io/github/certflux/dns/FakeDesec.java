package io.github.certflux.dns;

import io.github.certflux.dns.ApiServer.Answer;
import io.github.certflux.dns.ApiServer.Request;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** deSEC's API, version 1, as far as TXT record sets go. */
final class FakeDesec implements Function<Request, Answer> {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** The least TTL of each domain. */
  final Map<String, Integer> domains = new TreeMap<>();

  /** The sets, by their names. */
  final Map<String, JsonNode> sets = new ConcurrentSkipListMap<>();

  private final String token;

  FakeDesec(String token) {
    this.token = token;
  }

  @Override
  public Answer apply(Request request) {
    if (!("Token " + token).equals(request.headers().get("Authorization"))) {
      return detail(401, "Invalid token.");
    }
    String path = request.path().substring("/api/v1/domains/".length());
    if (path.isEmpty()) {
      return owner(request.query("owns_qname"));
    }
    String domain = path.substring(0, path.indexOf('/'));
    if (!domains.containsKey(domain)) {
      return detail(404, "Not found.");
    }
    String rest = path.substring((domain + "/rrsets/").length());
    return request.method().equals("GET")
        ? set(domain, rest.substring(0, rest.indexOf('/')))
        : patch(domain, JSON.readTree(request.body()));
  }

  private Answer owner(String qname) {
    ArrayNode found = JSON.createArrayNode();
    domains.keySet().stream()
        .filter(domain -> ("." + qname).endsWith("." + domain))
        .max(java.util.Comparator.comparingInt(String::length))
        .ifPresent(
            domain ->
                found.addObject().put("name", domain).put("minimum_ttl", domains.get(domain)));
    return Answer.of(200, found.toString());
  }

  private Answer set(String domain, String subname) {
    JsonNode set = sets.get(name(domain, subname.equals("@") ? "" : subname));
    return set == null ? detail(404, "Not found.") : Answer.of(200, set.toString());
  }

  private static String name(String domain, String subname) {
    return subname.isEmpty() ? domain : subname + "." + domain;
  }

  private Answer patch(String domain, JsonNode body) {
    for (JsonNode set : body.values()) {
      if (set.path("ttl").asInt() < domains.get(domain)) {
        return Answer.of(
            400, "[{\"ttl\":[\"Ensure this value is greater than or equal to 3600.\"]}]");
      }
      for (JsonNode value : set.path("records").values()) {
        if (!value.asString().matches("(?s)\".*\"")) {
          return Answer.of(400, "[{\"records\":[\"Data not enclosed in double quotes.\"]}]");
        }
      }
      String name = name(domain, set.path("subname").asString());
      if (set.path("records").isEmpty()) {
        sets.remove(name);
      } else {
        sets.put(name, set);
      }
    }
    return Answer.of(200, body.toString());
  }

  private static Answer detail(int status, String words) {
    ObjectNode body = JSON.createObjectNode().put("detail", words);
    return Answer.of(status, body.toString());
  }

  /** The values of a set. */
  java.util.List<String> values(String name) {
    JsonNode set = sets.get(name);
    return set == null
        ? java.util.List.of()
        : set.path("records").values().stream().map(JsonNode::asString).toList();
  }
}
