package io.github.certflux.testcatests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.nimbusds.jose.jwk.ECKey;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.internal.NettyTransport;
import io.github.certflux.internal.TransportFailure;
import io.github.certflux.internal.TransportSettings;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Exchange;
import io.github.certflux.testca.Fault;
import io.github.certflux.testca.FaultRule;
import io.github.certflux.testca.TestCa;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each fault does the same to a client over HTTP/2, over HTTP/1.1 and in memory. */
abstract class FaultsContract {

  TestCa ca;
  private AcmeTransport transport;
  private RawClient client;
  private final ECKey key = RawClient.key();
  private String account;

  abstract AcmeTransport start();

  AcmeTransport overSockets(boolean http2) {
    ca = TestCa.builder().http2(http2).startNow();
    return NettyTransport.create(
        TransportSettings.defaults().trust(ca.rootPem().getBytes(StandardCharsets.US_ASCII)));
  }

  @BeforeEach
  void open() {
    transport = start();
    client = RawClient.blocking(ca, transport);
    account = client.account(key);
  }

  @AfterEach
  void close() {
    transport.disposeLater().block(Duration.ofSeconds(10));
    ca.close();
  }

  RawClient.Reply order() {
    return client.order(key, account, "example.org");
  }

  static void assertFailure(Runnable request, TransportFailure.Kind kind) {
    assertThatExceptionOfType(TransportFailure.class)
        .isThrownBy(request::run)
        .satisfies(failure -> assertThat(failure.kind()).isEqualTo(kind));
  }

  @Test
  void anAnswerCanBeLost() {
    FaultRule rule = ca.faults().on(Endpoint.NEW_ORDER).then(Fault.loseAnswer());

    assertFailure(this::order, TransportFailure.Kind.LOST);
    assertThat(ca.truth().orders()).hasSize(1);
    assertThat(order().status()).isEqualTo(201);
    assertThat(rule.happened()).isEqualTo(1);
    assertThat(ca.requests().of(Endpoint.NEW_ORDER))
        .extracting(Exchange::status, Exchange::faults)
        .containsExactly(tuple(201, List.of("loseAnswer")), tuple(201, List.of()));
  }

  @Test
  void aRequestCanBeLost() {
    ca.faults().on(Endpoint.NEW_ORDER).then(Fault.loseAnswer().beforeProcessing());

    assertFailure(this::order, TransportFailure.Kind.LOST);
    assertThat(ca.truth().orders()).isEmpty();
    assertThat(order().status()).isEqualTo(201);
  }

  @Test
  void aConnectionCanBeDropped() {
    ca.faults().on(Endpoint.NEW_ORDER).then(Fault.dropConnection());

    assertFailure(this::order, TransportFailure.Kind.LOST);
    assertThat(ca.truth().orders()).hasSize(1);
    assertThat(order().status()).isEqualTo(201);
  }

  @Test
  void anAnswerCanBeCutShort() {
    ca.faults().on(Endpoint.NEW_ORDER).then(Fault.cutShort());

    assertFailure(this::order, TransportFailure.Kind.LOST);
    assertThat(ca.truth().orders()).hasSize(1);
    assertThat(order().status()).isEqualTo(201);
  }

  @Test
  void aBodyCanBeHuge() {
    ca.faults().on(Endpoint.DIRECTORY).then(Fault.hugeBody(100_000_000));

    assertFailure(() -> client.get("/directory"), TransportFailure.Kind.TOO_LARGE);
    assertThat(client.get("/directory").status()).isEqualTo(200);
  }

  @Test
  void aGatewayCanAnswer() {
    ca.faults()
        .on(Endpoint.NEW_ORDER)
        .then(Fault.gatewayPage(504).withRetryAfter(Duration.ofMillis(1500)));
    RawClient.Reply reply = order();

    assertThat(reply.status()).isEqualTo(504);
    assertThat(reply.response().contentType()).isEqualTo("text/html");
    assertThat(reply.response().nonce()).isNull();
    assertThat(reply.response().retryAfter()).isEqualTo("2");
    assertThat(ca.truth().orders()).isEmpty();
  }

  @Test
  void aGatewayCanAnswerAfterTheWorkIsDone() {
    ca.faults().on(Endpoint.NEW_ORDER).then(Fault.gatewayPage(502).afterProcessing());

    assertThat(order().status()).isEqualTo(502);
    assertThat(ca.truth().orders()).hasSize(1);
  }

  @Test
  void theServerCanBeBusy() {
    ca.faults().on(Endpoint.NEW_ORDER).then(Fault.unavailable(Duration.ofSeconds(30)).asHttpDate());
    RawClient.Reply reply = order();

    assertThat(reply.problem()).isEqualTo("503 rateLimited");
    assertThat(reply.response().retryAfter()).endsWith("GMT");
    assertThat(reply.response().nonce()).isNotNull();
  }

  @Test
  void aLimitCanBeReached() {
    ca.faults().on(Endpoint.NEW_ORDER).then(Fault.rateLimited(Duration.ofSeconds(30)));
    RawClient.Reply reply = order();

    assertThat(reply.problem()).isEqualTo("429 rateLimited");
    assertThat(reply.response().retryAfter()).isEqualTo("30");
    ca.faults().on(Endpoint.NEW_ORDER).then(Fault.rateLimited(Duration.ZERO));
    assertThat(order().response().retryAfter()).isNull();
  }

  @Test
  void theServerCanFail() {
    ca.faults().on(Endpoint.NEW_ORDER).nth(2).then(Fault.serverInternal().afterProcessing());

    assertThat(order().status()).isEqualTo(201);
    assertThat(order().problem()).isEqualTo("500 serverInternal");
    assertThat(order().status()).isEqualTo(201);
    assertThat(ca.truth().orders()).hasSize(3);
  }

  @Test
  void aNonceCanBeMissingOrRefused() {
    ca.faults().on(Endpoint.NEW_ORDER).then(Fault.withoutNonce());
    assertThat(order().response().nonce()).isNull();

    ca.faults().on(Endpoint.NEW_ORDER).times(2).then(Fault.badNonce());
    assertThat(order().problem()).isEqualTo("400 badNonce");
    assertThat(order().problem()).isEqualTo("400 badNonce");
    assertThat(order().status()).isEqualTo(201);
  }

  @Test
  void whatIsNotAcmeCanCome() {
    ca.faults().on(Endpoint.DIRECTORY).then(Fault.html());
    assertThat(client.get("/directory").response().contentType()).startsWith("text/html");

    ca.faults().on(Endpoint.DIRECTORY).then(Fault.redirect(URI.create("https://example.org/")));
    RawClient.Reply redirect = client.get("/directory");
    assertThat(redirect.status()).isEqualTo(307);
    assertThat(redirect.location()).isEqualTo("https://example.org/");

    ca.faults().on(Endpoint.DIRECTORY).then(Fault.answer(200, "application/json", "{"));
    assertThat(client.get("/directory").body()).isEqualTo("{");
  }

  @Test
  void anyProblemCanCome() {
    Identifier name = Identifier.dns("example.org");
    ca.faults()
        .on(Endpoint.NEW_ORDER)
        .then(
            Fault.problem(
                CaProblem.of(403, "compound", "see below")
                    .withSubproblems(List.of(new CaProblem.Subproblem(name, "caa", "not here")))));
    RawClient.Reply reply = order();

    assertThat(reply.problem()).isEqualTo("403 compound");
    assertThat(reply.json().path("subproblems").get(0).path("type").asString()).endsWith(":caa");
    assertThat(reply.response().contentType()).isEqualTo("application/problem+json");
  }

  @Test
  void anAnswerCanBeLate() {
    ca.faults().on(Endpoint.NEW_ORDER).then(Fault.delay(Duration.ofMillis(30)));
    ca.faults().on(Endpoint.NEW_ORDER).then(Fault.delay(Duration.ofMillis(30)).afterProcessing());
    long before = System.nanoTime();

    assertThat(order().status()).isEqualTo(201);
    assertThat(System.nanoTime() - before).isGreaterThan(Duration.ofMillis(60).toNanos());
  }

  @Test
  void aFaultCanComeByChanceAndAtOneFrontEnd() {
    FaultRule rule =
        ca.faults().on(Endpoint.DIRECTORY).onFront(1).withProbability(0.5).then(Fault.html());
    for (int i = 0; i < 60; i++) {
      client.get("/directory");
    }

    assertThat(rule.happened()).isBetween(1, 19);
    assertThat(ca.requests().count(e -> e.faults().contains("html") && e.front() != 1)).isZero();
    rule.remove();
    ca.faults().clear();
    assertThat(client.get("/directory").status()).isEqualTo(200);
  }

  @Test
  void aFaultCanBeForOneResourceAlone() {
    String first = order().location();
    String second = order().location();
    ca.faults()
        .on(Endpoint.ORDER)
        .path(path -> second.endsWith(path))
        .always()
        .then(Fault.serverInternal());

    assertThat(client.kid(key, account, first, "").status()).isEqualTo(200);
    assertThat(client.kid(key, account, second, "").status()).isEqualTo(500);
  }
}
