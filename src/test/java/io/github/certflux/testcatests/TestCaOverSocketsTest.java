package io.github.certflux.testcatests;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWK;
import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.internal.NettyTransport;
import io.github.certflux.internal.TransportSettings;
import io.github.certflux.protocol.Status;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.TestCa;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;
import tools.jackson.databind.JsonNode;

/** The whole flow over HTTPS. */
class TestCaOverSocketsTest {
  private TestCa ca;
  private AcmeTransport transport;
  private RawClient client;

  @TempDir private Path folder;

  @BeforeEach
  void start() {
    ca = TestCa.builder().startNow();
    transport =
        NettyTransport.create(
            TransportSettings.defaults().trust(ca.rootPem().getBytes(StandardCharsets.US_ASCII)));
    client = RawClient.blocking(ca, transport);
  }

  @AfterEach
  void stop() {
    transport.disposeLater().block(Duration.ofSeconds(10));
    ca.close();
  }

  @Test
  void aCertificateIsIssuedThatOpenSslVerifies() throws Exception {
    Path chain = folder.resolve("chain.pem");
    Files.writeString(chain, issue(RawClient.key(), "example.org", "*.example.net"));
    Path root = ca.writeRoot(folder.resolve("root.pem"));

    assertThat(
            run(
                "openssl",
                "verify",
                "-x509_strict",
                "-CAfile",
                root.toString(),
                "-untrusted",
                chain.toString(),
                "-verify_hostname",
                "www.example.net",
                chain.toString()))
        .endsWith("OK");
    assertThat(ca.truth().certificates()).hasSize(1);
  }

  @Test
  void frontEndsTakeTurns() {
    for (int i = 0; i < 6; i++) {
      client.get("/directory");
    }

    assertThat(ca.requests().of(Endpoint.DIRECTORY).stream().map(e -> e.front()))
        .containsExactly(0, 1, 2, 0, 1, 2);
  }

  @Test
  void manyRequestsAtOnceGetANonceEach() {
    URI url = URI.create(client.url("/acme/new-nonce"));
    Long different =
        Flux.range(0, 300)
            .flatMap(i -> transport.send(AcmeRequest.head(url)), 64)
            .map(AcmeResponse::nonce)
            .distinct()
            .count()
            .block(Duration.ofSeconds(30));

    assertThat(different).isEqualTo(300);
    assertThat(ca.requests().count(e -> e.front() == 2)).isEqualTo(100);
  }

  @Test
  void closesWithoutWaitingForWhatIsStillToCome() {
    TestCa slow = TestCa.builder().validationDelay(Duration.ofHours(1)).startNow();
    RawClient raw = RawClient.blocking(slow, slow.transport());
    JWK key = RawClient.key();
    String account = raw.account(key);
    raw.trigger(key, account, raw.order(key, account, "example.org").json());

    slow.disposeLater().block(Duration.ofSeconds(10));
  }

  private String issue(JWK key, String... names) {
    String account = client.account(key);
    RawClient.Reply created = client.order(key, account, names);
    String url = created.location();
    client.trigger(key, account, created.json());
    await(url, Status.READY);
    KeyPair pair = RawClient.pair();
    client.finalizeOrder(key, account, created.json(), pair, names);
    await(url, Status.VALID);
    JsonNode order = client.kid(key, account, url, "").json();
    return client.kid(key, account, order.path("certificate").asString(), "").body();
  }

  /** Asks the CA's database, not its front ends. */
  private void await(String order, Status status) {
    Mono.fromSupplier(() -> ca.truth().order(URI.create(order)).orElseThrow())
        .filter(state -> state.status().equals(status))
        .switchIfEmpty(Mono.error(() -> new AssertionError(status)))
        .retryWhen(Retry.fixedDelay(500, Duration.ofMillis(10)))
        .block(Duration.ofSeconds(10));
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output.strip();
  }
}
