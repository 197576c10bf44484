package io.github.certflux.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverException;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.AcmeSolverException;
import io.github.certflux.protocol.AcmeTimeoutException;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.store.Condition;
import io.github.certflux.store.StoreRecord;
import io.github.certflux.testca.Fault;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** An order that no try can bring to its end is given up; one that can is not made twice. */
class DeadEndTest {
  private static final Duration LONG = Duration.ofMinutes(12);
  private static final OrderRequest ORDER = OrderRequest.of("a.example.org");

  private final VirtualWorld world = new VirtualWorld(8, ca -> ca.fronts(1));
  private BiFunction<AcmeRequest, AcmeResponse, AcmeResponse> wire = (request, answer) -> answer;
  private boolean solverFails;
  private final AcmeClient client =
      world
          .clientWithoutSolvers(
              request ->
                  world.ca.transport().send(request).map(answer -> wire.apply(request, answer)))
          .solver(new Solver())
          .leaseTerm(Duration.ofMinutes(10)) // few renewals in all those days
          .limits(RetryLimits.defaults().withIssueTime(Duration.ofMinutes(2)))
          .build();
  private final AcmeAccount account =
      Objects.requireNonNull(
          world.await(client.account(AccountRequest.create().agreeToTerms()), LONG));

  private <E extends AcmeException> void fails(Class<E> type) {
    assertThat(world.failure(account.issue(ORDER), LONG)).isInstanceOf(type);
    world.pass(Duration.ofMinutes(1));
  }

  private Certificate issued() {
    return Objects.requireNonNull(world.await(account.issue(ORDER), LONG));
  }

  private StoreRecord journal() {
    String path = world.stored(VirtualWorld.ACCOUNT + "/orders").get(0);
    return Objects.requireNonNull(world.store.read(path).block());
  }

  private int orders() {
    return world.ca.truth().orders().size();
  }

  private static AcmeResponse with(AcmeResponse answer, int status, UnaryOperator<String> change) {
    return new AcmeResponse(
        status,
        answer.nonce(),
        answer.location(),
        answer.retryAfter(),
        answer.date(),
        status == 200 ? answer.contentType() : "application/problem+json",
        answer.links(),
        change.apply(new String(answer.body(), UTF_8)).getBytes(UTF_8));
  }

  /** What the CA answers about its first order. */
  private void first(int status, UnaryOperator<String> change) {
    URI first = URI.create(journal().text().lines().findFirst().orElseThrow().substring(7));
    wire = (request, answer) -> request.url().equals(first) ? with(answer, status, change) : answer;
  }

  /** Until the certificate is to be had: the order is finalized, and the answer lost. */
  private void cutOff() {
    wire =
        (request, answer) ->
            new String(answer.body(), UTF_8).startsWith("-----BEGIN CERT")
                ? with(answer, 200, body -> "")
                : answer;
    fails(AcmeProtocolException.class);
    wire = (request, answer) -> answer;
  }

  @Test
  void anOrderWhoseCertificateIsForAnotherKeyIsMadeAnew() {
    String other =
        Objects.requireNonNull(world.await(account.issue(OrderRequest.of("b.example.org")), LONG))
            .chainPem();
    String[] wrong = {""};
    wire =
        (request, answer) -> {
          boolean isChain = new String(answer.body(), UTF_8).startsWith("-----BEGIN CERT");
          if (isChain && wrong[0].isEmpty()) {
            wrong[0] = request.url().toString();
          }
          return isChain && request.url().toString().equals(wrong[0])
              ? with(answer, 200, body -> other)
              : answer;
        };

    fails(AcmeProtocolException.class);
    fails(AcmeProtocolException.class);

    assertThat(orders()).as("resumed once").isEqualTo(2);
    assertThat(issued()).isNotNull();
    assertThat(orders()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403, 404, 410})
  void anOrderThatTheServerDoesNotKnowIsMadeAnew(int status) {
    cutOff();
    first(
        status,
        body -> "{\"type\":\"urn:ietf:params:acme:error:malformed\",\"detail\":\"no such order\"}");

    assertThat(issued()).isNotNull();
    assertThat(orders()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Order: not a URL at all", "Order: ", "Owner: ../x y#1", "Begun: yesterday"})
  void aRecordThatIsDamagedStopsNobody(String line) {
    cutOff();
    StoreRecord stored = journal();
    String header = line.substring(0, line.indexOf(' ')) + ".*";
    String damaged = stored.text().replaceFirst(header, line);
    assertThat(damaged).isNotEqualTo(stored.text());
    world.store.write(stored.path(), damaged.getBytes(UTF_8), Condition.none()).block();

    assertThat(issued()).isNotNull();
    assertThat(orders()).isEqualTo(line.startsWith("Order") ? 2 : 1);
  }

  @Test
  void anOrderThatIsProcessedForEverIsMadeAnewAfterADay() {
    cutOff();
    first(200, body -> body.replace("\"valid\"", "\"processing\""));
    fails(AcmeTimeoutException.class);
    world.pass(Duration.ofHours(20));
    fails(AcmeTimeoutException.class);
    assertThat(orders()).as("a server may be slow").isEqualTo(1);
    world.pass(Duration.ofHours(4));

    fails(AcmeTimeoutException.class);

    assertThat(issued()).isNotNull();
    assertThat(orders()).isEqualTo(2);
  }

  @Test
  void anOrderThatIsProcessedForHoursIsWaitedFor() {
    cutOff();
    first(200, body -> body.replace("\"valid\"", "\"processing\""));
    fails(AcmeTimeoutException.class);
    world.pass(Duration.ofHours(20));
    fails(AcmeTimeoutException.class);
    wire = (request, answer) -> answer;

    assertThat(issued()).isNotNull();
    assertThat(orders()).isEqualTo(1);
  }

  @Test
  void aServerThatIsAwayForDaysHasTheOrderStill() {
    cutOff();
    for (Fault fault :
        List.of(
            Fault.refuseConnection(),
            Fault.loseAnswer(),
            Fault.unavailable(Duration.ZERO),
            Fault.rateLimited(Duration.ofHours(1)),
            Fault.serverInternal(),
            Fault.gatewayPage(502))) {
      world.ca.faults().onAny().always().then(fault);
      fails(AcmeException.class);
      world.pass(Duration.ofHours(13));
      world.ca.faults().clear();
    }

    assertThat(issued()).isNotNull();
    assertThat(orders()).isEqualTo(1);
  }

  @Test
  void aSolverThatFailsForDaysCostsNoOrder() {
    for (int day = 0; day < 3; day++) {
      solverFails = true;
      fails(AcmeSolverException.class);
      world.pass(Duration.ofDays(1));
    }
    solverFails = false;

    assertThat(issued()).isNotNull();
    assertThat(orders()).isEqualTo(1);
  }

  /** As the world's, but that it may fail. */
  private final class Solver implements ChallengeSolver {
    @Override
    public String type() {
      return world.proofs.type();
    }

    @Override
    public Mono<Void> present(SolverRequest request) {
      return solverFails
          ? Mono.error(new SolverException("no DNS today", null))
          : world.proofs.present(request);
    }

    @Override
    public Mono<Void> cleanUp(SolverRequest request) {
      return world.proofs.cleanUp(request);
    }
  }
}
