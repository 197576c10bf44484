package io.github.certflux.testca;

import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/** Fetches http-01 proofs (RFC 8555 §8.3). */
final class Http01Validator implements Validation {
  private static final int MOST = 4096;
  private static final int REDIRECTS = 10;

  private final Function<String, InetSocketAddress> addresses;
  private final HttpClient client;

  Http01Validator(Function<String, InetSocketAddress> addresses) {
    this.addresses = addresses;
    this.client =
        HttpClient.create(ConnectionProvider.newConnection())
            .disableRetry(true)
            .responseTimeout(Duration.ofSeconds(5));
  }

  @Override
  public Mono<CaProblem> check(ProofRequest request) {
    if (!request.type().equals("http-01")) {
      return Mono.just(
          CaProblem.of(403, "unauthorized", "This CA was set up to validate http-01 alone"));
    }
    String host = request.identifier().value();
    return fetch(host, "/.well-known/acme-challenge/" + request.token(), REDIRECTS)
        .filter(found -> !found.stripTrailing().equals(request.keyAuthorization()))
        .map(
            wrong ->
                Refusal.unauthorized(
                        "The key authorization file from the server did not match this challenge")
                    .problem())
        .onErrorResume(Refusal.class, refusal -> Mono.just(refusal.problem()));
  }

  private Mono<String> fetch(String host, String path, int redirects) {
    return client
        .remoteAddress(() -> addresses.apply(host))
        .headers(h -> h.set("Host", host.indexOf(':') < 0 ? host : "[" + host + "]"))
        .get()
        .uri(path)
        .responseConnection(
            (response, connection) -> {
              int status = response.status().code();
              if (status / 100 == 3 && redirects > 0) {
                return redirected(response, host, redirects);
              }
              if (status != 200) {
                return Mono.error(
                    Refusal.unauthorized("Invalid response from " + host + ": " + status));
              }
              return connection
                  .inbound()
                  .receive()
                  .map(Http01Validator::text)
                  .scan(String::concat)
                  .takeUntil(text -> text.length() > MOST)
                  .last("");
            })
        .next();
  }

  private Mono<String> redirected(HttpClientResponse response, String host, int redirects) {
    String location = response.responseHeaders().get("Location", "");
    java.net.URI target = java.net.URI.create("http://" + host + "/").resolve(location);
    return fetch(target.getHost(), target.getRawPath(), redirects - 1);
  }

  private static String text(ByteBuf bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
