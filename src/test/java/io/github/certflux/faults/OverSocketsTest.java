package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeClientBuilder;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.AcmeTransportException;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.protocol.Status;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import io.github.certflux.testca.FaultRule;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Truth;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import reactor.core.publisher.Mono;

/** The faults that sockets have, over HTTP/2 and HTTP/1.1. */
class OverSocketsTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final RetryLimits LIMITS =
      RetryLimits.defaults()
          .withOperationTime(Duration.ofSeconds(20))
          .withRolloverWindow(Duration.ofSeconds(1));

  @Nested
  class OverHttp2 extends Contract {
    OverHttp2() {
      super(true);
    }
  }

  @Nested
  class OverHttp11 extends Contract {
    OverHttp11() {
      super(false);
    }
  }

  /** What holds over each. */
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  abstract static class Contract {
    private final boolean http2;
    private final StandingProofs proofs = new StandingProofs();
    private TestCa ca;
    private Relay relay;

    Contract(boolean http2) {
      this.http2 = http2;
    }

    @BeforeAll
    void start() {
      ca =
          TestCa.builder()
              .http2(http2)
              .cacheTtl(Duration.ofMillis(300))
              .retryAfter(Duration.ZERO)
              .validation(proofs.validation())
              .startNow();
      relay = new Relay(ca.directory().getPort());
    }

    @AfterAll
    void stop() throws IOException {
      relay.close();
      ca.close();
    }

    private AcmeClientBuilder client() {
      return AcmeClient.builder(
              URI.create("https://localhost:" + relay.port() + ca.directory().getPath()))
          .trust(ca.rootPem().getBytes(StandardCharsets.US_ASCII))
          .limits(LIMITS)
          .solver(proofs);
    }

    @TestFactory
    Stream<DynamicTest> aFaultCostsARetry() {
      List<Trouble> troubles =
          List.of(Trouble.ANSWER_LOST, Trouble.CONNECTION_DROPPED, Trouble.CUT_SHORT);
      return Stream.of(Step.values())
          .filter(step -> step != Step.FETCH_A_NONCE)
          .flatMap(
              step ->
                  troubles.stream()
                      .map(
                          trouble ->
                              DynamicTest.dynamicTest(
                                  step + " " + trouble, () -> costsARetry(step, trouble))));
    }

    private void costsARetry(Step step, Trouble trouble) {
      flow(step, () -> trouble.strike(ca, step));
      assertThat(ca.requests().count(e -> !e.faults().isEmpty())).isPositive();
    }

    @TestFactory
    Stream<DynamicTest> aResetOfTheConnectionCostsARetry() {
      return Stream.of(Step.values())
          .map(step -> DynamicTest.dynamicTest(step.name(), () -> resetCostsARetry(step)));
    }

    private void resetCostsARetry(Step step) {
      long before = relay.resets.get();
      flow(
          step,
          () -> {
            FaultRule rule = ca.faults().on(step.endpoint);
            rule.path(
                    path -> {
                      if (rule.happened() == 0) {
                        relay.reset();
                      }
                      return true;
                    })
                .then(Fault.delay(Duration.ofMillis(300)).afterProcessing());
          });
      assertThat(relay.resets.get()).as("connections reset").isGreaterThan(before);
    }

    private void flow(Step at, Runnable strike) {
      ca.faults().clear();
      ca.requests().clear();
      int accounts = ca.truth().accounts().size();
      int orders = ca.truth().orders().size();
      AcmeClient client = client().build();
      Certificate certificate =
          new WholeFlow(
                  ca,
                  client,
                  step -> {
                    if (step == at) {
                      strike.run();
                    }
                  })
              .run()
              .block(LONG);
      client.disposeLater().block(LONG);

      Truth truth = ca.truth();
      assertThat(Objects.requireNonNull(certificate).chain()).isNotEmpty();
      assertThat(proofs.isClean()).isTrue();
      assertThat(truth.accounts()).hasSize(accounts + 1);
      assertThat(truth.orders()).hasSizeLessThanOrEqualTo(orders + (at == Step.ORDER ? 2 : 1));
      assertThat(truth.spoiltOrders()).isEmpty();
      assertThat(ca.requests().of(Endpoint.FINALIZE))
          .filteredOn(finalize -> finalize.status() == 200)
          .hasSize(1);
      assertThat(truth.orders())
          .filteredOn(order -> order.status().equals(Status.VALID))
          .hasSize(truth.certificates().size());
    }

    @Test
    void aHugeBodyIsCutOff() {
      ca.faults().clear();
      FaultRule rule =
          ca.faults().on(Endpoint.DIRECTORY).always().then(Fault.hugeBody(100_000_000));
      AcmeClient client = client().build();
      long before = relay.toClients.get();

      AcmeProtocolException error =
          catchThrowableOfType(AcmeProtocolException.class, () -> client.directory().block(LONG));
      assertThat(error.attempts()).isEqualTo(5);
      assertThat(rule.happened()).isEqualTo(5);
      assertThat(relay.toClients.get() - before).isLessThan(5 * 8_000_000L);
      rule.remove();
      client.disposeLater().block(LONG);
    }

    @Test
    void aRedirectIsNotFollowed() {
      ca.faults().clear();
      try (TestCa other = TestCa.builder().http2(http2).startNow()) {
        AcmeClient client = client().build();
        Mono<Certificate> issued =
            client
                .account(AccountRequest.create().agreeToTerms())
                .flatMap(account -> account.issue(OrderRequest.of("a.example.org")));
        ca.faults().on(Endpoint.NEW_ORDER).always().then(Fault.redirect(other.directory()));

        AcmeProtocolException error =
            catchThrowableOfType(AcmeProtocolException.class, () -> issued.block(LONG));
        assertThat(error.operation()).isEqualTo(AcmeOperation.NEW_ORDER);
        assertThat(error.attempts()).isEqualTo(1);
        assertThat(error.came()).contains("307", other.directory().toString());
        ca.faults().on(Endpoint.DIRECTORY).always().then(Fault.redirect(other.directory()));
        AcmeClient second = client().build();
        assertThat(
                catchThrowableOfType(
                    AcmeProtocolException.class, () -> second.directory().block(LONG)))
            .hasMessageContaining("307");
        assertThat(other.requests().total()).isZero();
        client.disposeLater().block(LONG);
        second.disposeLater().block(LONG);
      }
    }
  }

  @Test
  void anotherRootIsNotTrusted() {
    try (TestCa ca = TestCa.builder().startNow();
        TestCa other = TestCa.builder().inMemory()) {
      AcmeTransportException error =
          failure(ca.directory(), other.rootPem(), AcmeTransportException.class);
      assertThat(error.sent()).isEqualTo(AcmeTransportException.Sent.NO);
      assertThat(error.attempts()).isEqualTo(1);
      assertThat(error.advice()).contains("root certificate");
      assertThat(ca.requests().total()).isZero();
    }
  }

  @Test
  void aRefusedConnectionIsTriedAgainAndTold() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    AcmeException error =
        failure(URI.create("https://127.0.0.1:" + port + "/directory"), "", AcmeException.class);
    assertNotSent(error);
    assertThat(error.attempts()).isGreaterThan(2);
  }

  @Test
  void anUnknownHostIsTriedAgainAndTold() {
    AcmeException error =
        failure(URI.create("https://ca.invalid/directory"), "", AcmeException.class);
    assertNotSent(error);
    assertThat(error).hasMessageContaining("ca.invalid");
  }

  private static void assertNotSent(AcmeException error) {
    Throwable last = error instanceof AcmeTransportException ? error : error.getCause();
    assertThat(last).isInstanceOf(AcmeTransportException.class);
    assertThat(((AcmeTransportException) last).sent()).isEqualTo(AcmeTransportException.Sent.NO);
  }

  private static <E extends Throwable> E failure(URI directory, String root, Class<E> type) {
    AcmeClientBuilder builder =
        AcmeClient.builder(directory).limits(LIMITS.withOperationTime(Duration.ofSeconds(2)));
    if (!root.isEmpty()) {
      builder.trust(root.getBytes(StandardCharsets.US_ASCII));
    }
    AcmeClient client = builder.build();
    E error = catchThrowableOfType(type, () -> client.directory().block(LONG));
    client.disposeLater().block(LONG);
    return error;
  }
}
