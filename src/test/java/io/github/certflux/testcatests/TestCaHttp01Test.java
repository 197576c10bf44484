package io.github.certflux.testcatests;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.ECKey;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import tools.jackson.databind.JsonNode;

/** http-01 as a real CA validates it: over the network. */
class TestCaHttp01Test {
  private static final Duration LONG = Duration.ofSeconds(10);

  private final ECKey key = RawClient.key();
  private final Map<String, String> pages = new ConcurrentHashMap<>();
  private DisposableServer web;
  private TestCa ca;
  private RawClient client;
  private String account;

  @BeforeEach
  void start() {
    web =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) -> {
                  String host = request.requestHeaders().get("Host");
                  String page = pages.getOrDefault(host + request.uri(), "404");
                  if (page.startsWith("http://")) {
                    return response.sendRedirect(page);
                  }
                  return page.equals("404")
                      ? response.sendNotFound()
                      : response.sendString(Mono.just(page));
                })
            .bindNow();
    ca =
        TestCa.builder()
            .validation(
                Validation.http01(
                    name ->
                        InetSocketAddress.createUnresolved(
                            name.equals("nowhere.example.org") ? "127.0.0.7" : "127.0.0.1",
                            web.port())))
            .inMemory();
    client = RawClient.blocking(ca, ca.transport());
    account = client.account(key);
  }

  @AfterEach
  void stop() {
    ca.close();
    web.disposeNow();
  }

  @Test
  void aProofThatIsThereIsFound() {
    JsonNode authorization = pending("www.example.org");
    String token = token(authorization);
    pages.put(
        "www.example.org/.well-known/acme-challenge/" + token,
        token + "." + RawClient.thumbprint(key) + "\n");

    assertThat(decided(authorization).path("status").asString()).isEqualTo("valid");
  }

  @Test
  void redirectsAreFollowed() {
    JsonNode authorization = pending("www.example.org");
    String token = token(authorization);
    pages.put(
        "www.example.org/.well-known/acme-challenge/" + token, "http://other.example.org/proof");
    pages.put("other.example.org/proof", token + "." + RawClient.thumbprint(key));

    assertThat(decided(authorization).path("status").asString()).isEqualTo("valid");
  }

  @Test
  void theProofOfAnotherKeyIsRefused() {
    JsonNode authorization = pending("www.example.org");
    String token = token(authorization);
    pages.put(
        "www.example.org/.well-known/acme-challenge/" + token,
        token + "." + RawClient.thumbprint(RawClient.key()));

    assertThat(error(decided(authorization))).endsWith(":unauthorized");
  }

  @Test
  void aProofThatIsNotThereFails() {
    assertThat(error(decided(pending("www.example.org")))).endsWith(":unauthorized");
  }

  @Test
  void aServerThatIsNotThereFails() {
    assertThat(error(decided(pending("nowhere.example.org")))).endsWith(":connection");
  }

  private JsonNode pending(String name) {
    RawClient.Reply order = client.order(key, account, name);
    String url = order.json().path("authorizations").get(0).asString();
    tools.jackson.databind.node.ObjectNode authorization =
        (tools.jackson.databind.node.ObjectNode) client.kid(key, account, url, "").json();
    return authorization.put("url", url);
  }

  private static JsonNode challenge(JsonNode authorization) {
    for (JsonNode challenge : authorization.path("challenges")) {
      if (challenge.path("type").asString().equals("http-01")) {
        return challenge;
      }
    }
    throw new AssertionError("no http-01");
  }

  private static String token(JsonNode authorization) {
    return challenge(authorization).path("token").asString();
  }

  private static String error(JsonNode authorization) {
    return challenge(authorization).path("error").path("type").asString();
  }

  private JsonNode decided(JsonNode authorization) {
    client.kid(key, account, challenge(authorization).path("url").asString(), Map.of());
    return Flux.interval(Duration.ofMillis(10))
        .filter(tick -> ca.truth().validationsUnderWay() == 0)
        .next()
        .map(done -> authorization.path("url").asString())
        .blockOptional(LONG)
        .map(url -> client.kid(key, account, url, "").json())
        .orElseThrow();
  }
}
