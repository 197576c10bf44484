package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.internal.Admission.Priority;
import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.protocol.RetryLimits;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A server that can do a few requests at a time, and says "not now" to the rest. */
class OverloadTest {
  private static final URI URL = URI.create("https://ca.test/order/1");
  private static final int MOST = 64;
  private static final int OPERATIONS = 1_000;

  private static AccountKey key;

  @BeforeAll
  static void generate() throws GeneralSecurityException {
    JcaCrypto crypto = JcaCrypto.create(JcaCrypto.drbg(), Schedulers.immediate());
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    key = ScriptedServer.key(generator.generateKeyPair(), crypto, Mono.empty());
  }

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final Timing timing = new Timing(time, new Random(7));
  private final Admission admission = new Admission(MOST, timing);
  private int capacity = 8;
  private int status = 503;
  private String retryAfter = "2";
  private Duration takes = Duration.ofMillis(20);
  private Duration refusalTakes = Duration.ZERO;
  private int underWay;
  private int mostUnderWay;
  private int asked;
  private int refused;

  private Mono<AcmeResponse> answer() {
    asked++;
    if (underWay >= capacity) {
      refused++;
      return timing.delay(refusalTakes).map(over -> response(status, retryAfter));
    }
    mostUnderWay = Math.max(mostUnderWay, ++underWay);
    return Mono.delay(takes, time)
        .map(over -> response(200, null))
        .doOnNext(response -> underWay--);
  }

  private static AcmeResponse response(int status, @Nullable String wait) {
    byte[] body = "{\"type\":\"about:blank\"}".getBytes(StandardCharsets.UTF_8);
    return new AcmeResponse(
        status, "nonce", null, wait, null, "application/problem+json", List.of(), body);
  }

  private Requests requests(RetryLimits limits) {
    return new Requests(
        request ->
            request.method() == AcmeRequest.Method.POST
                ? Mono.defer(this::answer)
                : Mono.just(response(200, null)),
        admission,
        new NoncePool(timing, 2 * MOST, Duration.ofMinutes(5)),
        new UnderWay(),
        timing,
        limits,
        new Observers(AcmeObserver.NONE),
        Mono.just(URI.create("https://ca.test/new-nonce")));
  }

  private static Mono<Integer> one(Requests requests, Priority priority) {
    return requests.send(
        SignedRequest.embedding(
                AcmeOperation.ORDER, URL, key, Mono.just(Jws.POST_AS_GET), AcmeResponse::status)
            .with(priority));
  }

  private static Flux<Integer> all(Requests requests) {
    return Flux.range(0, OPERATIONS).flatMap(i -> one(requests, Priority.START), OPERATIONS);
  }

  private void allSucceed(Requests requests) {
    StepVerifier.create(all(requests).count())
        .then(() -> time.advanceTimeBy(Duration.ofMinutes(5)))
        .expectNext((long) OPERATIONS)
        .verifyComplete();
  }

  @Test
  void allAreServedAndFewAreAskedTwice() {
    allSucceed(requests(RetryLimits.defaults()));

    assertThat(mostUnderWay).isEqualTo(capacity);
    assertThat(refused).isLessThan(2 * MOST + OPERATIONS / 10);
    assertThat(admission.inside()).isZero();
  }

  @Test
  void aRateLimitWithinTheBudgetIsTheSame() {
    status = 429;

    allSucceed(requests(RetryLimits.defaults()));

    assertThat(refused).isLessThan(2 * MOST + OPERATIONS / 10);
  }

  @Test
  void aServerThatRecoversIsAskedAsMuchAsBefore() {
    Requests requests = requests(RetryLimits.defaults());
    allSucceed(requests);
    assertThat(admission.limit()).isLessThan(2 * capacity);

    capacity = Integer.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      allSucceed(requests);
    }

    assertThat(admission.limit()).isEqualTo(MOST);
    assertThat(mostUnderWay).isEqualTo(MOST);
  }

  @Test
  void aServerThatIsAwayIsAskedNowAndThenByOne() {
    capacity = 0;
    StepVerifier.create(all(requests(RetryLimits.defaults())).count())
        .then(() -> time.advanceTimeBy(Duration.ofSeconds(8)))
        .then(() -> assertThat(asked).isLessThan(2 * MOST + 20))
        .then(() -> capacity = 8)
        .then(() -> time.advanceTimeBy(Duration.ofMinutes(5)))
        .expectNext((long) OPERATIONS)
        .verifyComplete();
  }

  @Test
  void whatWaitsForAPlaceDoesNotRunOutOfTime() {
    takes = Duration.ofSeconds(1);
    capacity = MOST;

    allSucceed(requests(RetryLimits.defaults().withOperationTime(Duration.ofSeconds(2))));

    assertThat(refused).isZero();
  }

  @Test
  void aRetryAfterOfNothingIsNoInvitation() {
    capacity = 0;
    retryAfter = "0";

    StepVerifier.create(one(requests(RetryLimits.defaults()), Priority.NORMAL))
        .then(() -> time.advanceTimeBy(Duration.ofMinutes(2)))
        .expectError()
        .verify();

    assertThat(asked).isBetween(10, 40);
  }

  @Test
  void aMaintenanceLongerThanTheOperationLeavesTheServerInPeace() {
    capacity = 0;
    retryAfter = "120";

    StepVerifier.create(all(requests(RetryLimits.defaults())).onErrorComplete().count())
        .then(() -> time.advanceTimeBy(Duration.ofMinutes(2)))
        .expectNext(0L)
        .verifyComplete();

    assertThat(admission.limit()).isLessThan(MOST);
  }

  @Test
  void aWaitThatFitsTheOperationsTimeIsNotDrawnBeyondIt() {
    capacity = 0;
    status = 429;
    retryAfter = "58";
    Requests requests = requests(RetryLimits.defaults());

    for (int i = 0; i < 20; i++) {
      StepVerifier.create(one(requests, Priority.NORMAL))
          .then(() -> time.advanceTimeBy(Duration.ofSeconds(57)))
          .then(() -> capacity = 1)
          .then(() -> time.advanceTimeBy(Duration.ofSeconds(4)))
          .expectNext(200)
          .verifyComplete();
      capacity = 0;
    }
  }

  @Test
  void whatTheServerHasTimeForIsNotHeldUpByWhatItHasNot() {
    Requests requests = requests(RetryLimits.defaults());
    capacity = 0;
    retryAfter = "1";
    List<Disposable> sick = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      sick.add(one(requests, Priority.NORMAL).subscribe(x -> {}, e -> {}));
    }
    time.advanceTimeBy(Duration.ofSeconds(5));
    assertThat(admission.limit()).isEqualTo(1);

    StepVerifier.create(one(requests, Priority.FINISH))
        .then(() -> time.advanceTimeBy(Duration.ofMillis(500)))
        .then(() -> capacity = 1)
        .then(() -> time.advanceTimeBy(Duration.ofSeconds(2)))
        .expectNext(200)
        .verifyComplete();
    sick.forEach(Disposable::dispose);
    assertThat(admission.inside()).isZero();
  }

  @Test
  void tenThousandNewOrdersDoNotHoldUpAPoll() {
    capacity = MOST;
    takes = Duration.ofSeconds(1);
    Requests requests = requests(RetryLimits.defaults());
    Disposable orders =
        Flux.range(0, 10_000).flatMap(i -> one(requests, Priority.START), 10_000).subscribe();

    StepVerifier.create(one(requests, Priority.FINISH))
        .then(() -> time.advanceTimeBy(takes)) // until a place is free
        .then(() -> time.advanceTimeBy(takes))
        .expectNext(200)
        .verifyComplete();
    orders.dispose();

    assertThat(asked).isEqualTo(3 * MOST);
  }

  @Test
  void whoWasSentAwayDoesNotComeBackAllAtOnce() {
    capacity = 0;
    retryAfter = "10";
    refusalTakes = Duration.ofMillis(1);
    Requests requests = requests(RetryLimits.defaults());
    Disposable all =
        Flux.range(0, MOST).flatMap(i -> one(requests, Priority.NORMAL), MOST).subscribe();
    time.advanceTimeBy(refusalTakes);
    assertThat(refused).isEqualTo(MOST);
    capacity = MOST;

    time.advanceTimeBy(Duration.ofSeconds(10).minusMillis(1));
    assertThat(asked).as("nobody comes before the time that was asked for").isEqualTo(MOST);
    int most = 0;
    for (int i = 0; i < 30; i++) {
      int before = asked;
      time.advanceTimeBy(Duration.ofMillis(100));
      most = Math.max(most, asked - before);
    }

    assertThat(asked).isEqualTo(2 * MOST);
    assertThat(most).as("in a tenth of a second").isLessThan(MOST / 5);
    all.dispose();
  }

  @Test
  void whoWaitsForAPlaceIsToldWhenTheClientIsClosed() {
    Requests requests = requests(RetryLimits.defaults());
    capacity = 0;
    List<Throwable> told = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      one(requests, Priority.START).subscribe(x -> {}, told::add);
    }
    for (int i = 0; i < 200 && admission.limit() > 1; i++) {
      time.advanceTimeBy(Duration.ofMillis(100));
    }

    requests.close();
    time.advanceTimeBy(Duration.ofSeconds(6));

    assertThat(told).hasSize(20).allMatch(IllegalStateException.class::isInstance);
  }

  @Test
  void aLimitBeyondTheBudgetIsAnErrorAndSlowsNothingElse() {
    capacity = 0;
    status = 429;
    retryAfter = "3600";

    StepVerifier.create(one(requests(RetryLimits.defaults()), Priority.NORMAL))
        .expectError(AcmeRateLimitException.class)
        .verify();

    assertThat(admission.limit()).isEqualTo(MOST);
  }
}
