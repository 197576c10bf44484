package io.github.certflux.testca;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An HTTP answer that is being made. Not thread-safe. */
final class Answer {
  static final String NONCE = "Replay-Nonce";
  private static final byte[] NOTHING = {};

  private final int status;
  private final byte[] body;
  private final List<Header> headers = new ArrayList<>(8);
  private @Nullable CaProblem problem;

  private Answer(int status, byte[] body) {
    this.status = status;
    this.body = body;
  }

  static Answer empty(int status) {
    return new Answer(status, NOTHING);
  }

  static Answer of(int status, String contentType, byte[] body) {
    return new Answer(status, body).header("Content-Type", contentType);
  }

  static Answer of(int status, String contentType, String body) {
    return of(status, contentType, body.getBytes(StandardCharsets.UTF_8));
  }

  static Answer json(int status, JsonNode body) {
    return of(status, "application/json", Json.bytes(body));
  }

  static Answer problem(CaProblem problem) {
    Answer answer = of(problem.status(), "application/problem+json", Json.bytes(problem.toJson()));
    answer.problem = problem;
    return answer;
  }

  /** Adds a header line; null or empty adds none. */
  Answer header(String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      headers.add(new Header(name, value));
    }
    return this;
  }

  Answer location(String url) {
    return header("Location", url);
  }

  Answer link(String url, String relation) {
    return header("Link", "<" + url + ">;rel=\"" + relation + "\"");
  }

  Answer link(URI url, String relation) {
    return link(url.toString(), relation);
  }

  Answer without(String name) {
    headers.removeIf(h -> h.name().equalsIgnoreCase(name));
    return this;
  }

  int status() {
    return status;
  }

  byte[] body() {
    return body;
  }

  List<Header> headers() {
    return headers;
  }

  /** The first header line of that name. */
  @Nullable String first(String name) {
    for (Header h : headers) {
      if (h.name().equalsIgnoreCase(name)) {
        return h.value();
      }
    }
    return null;
  }

  /** The problem that it reports. */
  @Nullable CaProblem problem() {
    return problem;
  }
}
