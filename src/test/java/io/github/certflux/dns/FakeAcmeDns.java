package io.github.certflux.dns;

import io.github.certflux.dns.ApiServer.Answer;
import io.github.certflux.dns.ApiServer.Request;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An acme-dns server: two values for each name, the older of which the next update replaces. */
final class FakeAcmeDns implements Function<Request, Answer> {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** The values of each subdomain, the older first. */
  final Map<String, List<String>> values = new LinkedHashMap<>();

  @Override
  public Answer apply(Request request) {
    if (request.path().equals("/register")) {
      String subdomain = "sub" + (values.size() + 1);
      values.put(subdomain, List.of());
      ObjectNode made =
          JSON.createObjectNode()
              .put("username", "user-" + subdomain)
              .put("password", password(subdomain))
              .put("fulldomain", subdomain + ".Auth.example.net")
              .put("subdomain", subdomain);
      made.putArray("allowfrom");
      return Answer.of(201, made.toString());
    }
    JsonNode body = JSON.readTree(request.body());
    String subdomain = body.path("subdomain").asString();
    String value = body.path("txt").asString();
    if (!values.containsKey(subdomain)
        || !("user-" + subdomain).equals(request.headers().get("X-Api-User"))
        || !password(subdomain).equals(request.headers().get("X-Api-Key"))) {
      return Answer.of(401, "{\"error\": \"forbidden\"}");
    }
    if (value.length() != 43) {
      return Answer.of(400, "{\"error\": \"bad_txt\"}");
    }
    List<String> all = Stream.concat(values.get(subdomain).stream(), Stream.of(value)).toList();
    values.put(subdomain, all.subList(Math.max(0, all.size() - 2), all.size()));
    return Answer.of(200, "{\"txt\": \"" + value + "\"}");
  }

  static String password(String subdomain) {
    return "htB9mR9DYgcu9bX_afHF62erXaH2TS7bg9KW3F7Z-" + subdomain;
  }
}
