package io.github.certflux.contract;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.netty.buffer.Unpooled;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** pebble-challtestsrv: the DNS server that Pebble asks, and dns-01 (RFC 8555 §8.4) by it. */
final class ChallTestDns implements ChallengeSolver {
  private final String address;
  private final HttpClient management;

  private ChallTestDns(int dns, int management) {
    this.address = "127.0.0.1:" + dns;
    this.management = HttpClient.create().baseUrl("http://127.0.0.1:" + management);
  }

  static ChallTestDns start(Path program, Path work, int dns, int management) {
    ChallTestDns server = new ChallTestDns(dns, management);
    URI anyPage = URI.create("http://127.0.0.1:" + management + "/");
    ServerProcess.start(
        "pebble-challtestsrv",
        work,
        List.of(
            program.toString(),
            "-dnsserver=" + server.address,
            "-management=127.0.0.1:" + management,
            "-defaultIPv4=127.0.0.1",
            "-defaultIPv6=",
            "-http01=",
            "-https01=",
            "-tlsalpn01=",
            "-doh="),
        Map.of(),
        () -> {
          anyPage.toURL().openConnection().getHeaderFields();
          return true;
        });
    return server;
  }

  /** Where it answers. */
  String address() {
    return address;
  }

  @Override
  public String type() {
    return "dns-01";
  }

  @Override
  public Mono<Void> present(SolverRequest request) {
    return post("/set-txt", request, ", \"value\": \"" + digest(request) + "\"");
  }

  /** Of the wildcard and of the name itself together: both stand at the same place. */
  @Override
  public Mono<Void> cleanUp(SolverRequest request) {
    return post("/clear-txt", request, "");
  }

  private Mono<Void> post(String path, SolverRequest request, String more) {
    String host = "_acme-challenge." + request.identifier().value() + ".";
    String body = "{\"host\": \"" + host + "\"" + more + "}";
    return management
        .post()
        .uri(path)
        .send(Mono.fromSupplier(() -> Unpooled.copiedBuffer(body, StandardCharsets.UTF_8)))
        .responseSingle(
            (response, content) ->
                response.status().code() == 200
                    ? content.then()
                    : Mono.error(new IllegalStateException(path + ": " + response.status())));
  }

  private static String digest(SolverRequest request) {
    try {
      byte[] text = request.keyAuthorization().getBytes(StandardCharsets.US_ASCII);
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
