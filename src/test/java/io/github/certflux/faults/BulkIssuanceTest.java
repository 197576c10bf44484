package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClientBuilder;
import io.github.certflux.IssueResult;
import io.github.certflux.OrderRequest;
import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Many certificates by one call, on virtual time. */
class BulkIssuanceTest {
  private static final Duration LONG = Duration.ofMinutes(9);
  private static final Duration A_MINUTE = Duration.ofMinutes(1);
  private static final Duration REAL_TIME = Duration.ofSeconds(20);

  private final VirtualWorld world =
      new VirtualWorld(5, ca -> ca.fronts(1).retryAfter(Duration.ofSeconds(3)));
  private final AtomicInteger begun = new AtomicInteger();
  private int underWay;
  private int refused;

  private AcmeAccount account(AcmeClientBuilder client) {
    return Objects.requireNonNull(
        world.await(
            client.build().account(AccountRequest.create().agreeToTerms()), Duration.ofMinutes(1)));
  }

  private Flux<OrderRequest> requests(int count) {
    return Flux.range(0, count)
        .map(number -> OrderRequest.of("a" + number + ".example.org"))
        .doOnNext(request -> begun.incrementAndGet());
  }

  private List<IssueResult> issued(AcmeAccount account, int count) {
    return Objects.requireNonNull(
        world.await(account.issueAll(requests(count), count).collectList(), LONG));
  }

  /** A gateway that passes so many requests on at a time, and sends the others away. */
  private AcmeTransport busy(int capacity) {
    AcmeTransport server = world.ca.transport();
    return request ->
        Mono.defer(
            () -> {
              if (request.method() == AcmeRequest.Method.POST && underWay >= capacity) {
                refused++;
                return world.after(VirtualWorld.LATENCY).map(later -> notNow());
              }
              underWay++;
              return server.send(request).doFinally(end -> underWay--);
            });
  }

  private static AcmeResponse notNow() {
    byte[] page = "<html>busy</html>".getBytes(StandardCharsets.UTF_8);
    return new AcmeResponse(503, null, null, "2", null, "text/html", List.of(), page);
  }

  @Test
  void aServerThatCanDoFewRequestsAtATimeIssuesThemAll() {
    int count = 60;
    AcmeAccount account = account(world.client(busy(4)));
    long began = world.millis();

    List<IssueResult> results = issued(account, count);

    assertThat(results).hasSize(count).allMatch(result -> result.certificate().isPresent());
    assertThat(world.ca.truth().certificates()).hasSize(count);
    assertThat(world.ca.requests().count(Endpoint.FINALIZE)).isEqualTo(count);
    assertThat(refused).as("requests that were sent away").isLessThan(3 * count);
    assertThat(world.millis() - began).isLessThan(30_000);
  }

  /** It is watched for as long as it may have been passed on; that takes no place. */
  @Test
  void aFinalizeThatIsPutOffHoldsUpNoOtherOrder() {
    AcmeAccount account = account(world.client().maxInFlight(1));
    world
        .ca
        .faults()
        .on(Endpoint.FINALIZE)
        .nth(1)
        .then(Fault.gatewayUnavailable(Duration.ofSeconds(1)));
    long began = world.millis();
    List<Long> took = new ArrayList<>();

    world.await(
        account
            .issueAll(requests(20), 20)
            .doOnNext(result -> assertThat(result.error()).isEmpty())
            .doOnNext(result -> took.add(world.millis() - began))
            .then(),
        LONG);

    assertThat(took).hasSize(20);
    assertThat(took.subList(0, 19)).allMatch(millis -> millis < 7_000);
    assertThat(took.get(19)).as("the one that was watched").isBetween(10_000L, 20_000L);
  }

  @Test
  void aNameThatIsRefusedIsAResultLikeAnyOther() {
    AcmeAccount account = account(world.client());
    world.ca.faults().on(Endpoint.NEW_ORDER).nth(3).then(Fault.rateLimited(Duration.ZERO));

    List<IssueResult> results = issued(account, 10);

    assertThat(results).hasSize(10).filteredOn(r -> r.certificate().isPresent()).hasSize(9);
    assertThat(results)
        .filteredOn(r -> r.error().isPresent())
        .singleElement()
        .satisfies(r -> assertThat(r.error()).containsInstanceOf(AcmeProblemException.class));
  }

  @Test
  void aSlowSubscriberHoldsUpWhatComesNext() {
    AcmeAccount account = account(world.client());

    StepVerifier.create(account.issueAll(requests(20), 3), 0)
        .then(() -> world.pass(A_MINUTE))
        .then(() -> assertThat(begun).as("under way or done").hasValue(3))
        .thenRequest(2)
        .expectNextCount(2)
        .then(() -> world.pass(A_MINUTE))
        .then(() -> assertThat(begun).hasValue(5))
        .thenRequest(Long.MAX_VALUE)
        .expectNextCount(3)
        .then(() -> world.pass(LONG))
        .expectNextCount(15)
        .expectComplete()
        .verify(REAL_TIME);
  }

  /** Of so many, one is asked for ahead, and some are done before anybody asks for them. */
  @ParameterizedTest
  @ValueSource(ints = {64, 101})
  void manyAreUnderWayAtATime(int inFlight) {
    int ahead = (int) Math.sqrt(inFlight);
    AcmeAccount account = account(world.client());

    StepVerifier.create(account.issueAll(requests(2 * inFlight), inFlight), 0)
        .then(() -> world.pass(A_MINUTE))
        .then(() -> assertThat(begun.get()).isBetween(inFlight - 1, inFlight + 1 + ahead))
        .thenRequest(Long.MAX_VALUE)
        .expectNextCount(inFlight - 1)
        .then(() -> world.pass(LONG))
        .expectNextCount(inFlight + 1)
        .expectComplete()
        .verify(REAL_TIME);
  }

  @Test
  void anErrorOfTheRequestsEndsItAndWhatIsUnderWayIsTakenDown() {
    AcmeAccount account = account(world.client());
    Flux<OrderRequest> broken =
        requests(5).concatWith(world.after(Duration.ofMillis(60)).then(Mono.error(new Broken())));

    StepVerifier.create(account.issueAll(broken, 10))
        .then(() -> world.pass(Duration.ofSeconds(1)))
        .expectError(Broken.class)
        .verify(REAL_TIME);

    nothingIsLeft();
  }

  @Test
  void whatIsUnderWayIsTakenDownOnCancel() {
    AcmeAccount account = account(world.client());

    StepVerifier.create(account.issueAll(requests(100), 5))
        .then(() -> world.pass(Duration.ofMillis(60)))
        .thenCancel()
        .verify(REAL_TIME);

    assertThat(begun).hasValue(5);
    nothingIsLeft();
  }

  private void nothingIsLeft() {
    world.pass(A_MINUTE);
    assertThat(world.proofs.presented).hasValue(5);
    assertThat(world.proofs.isClean()).isTrue();
    assertThat(world.ca.requests().count(Endpoint.FINALIZE)).isZero();
  }

  private static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void noOrderAtATimeIsRefused() {
    AcmeAccount account = account(world.client());

    assertThatThrownBy(() -> account.issueAll(Flux.empty(), 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
