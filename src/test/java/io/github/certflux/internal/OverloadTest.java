package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.protocol.RetryLimits;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A server that can do a few requests at a time, and says "not now" to the rest. */
class OverloadTest {
  private static final URI URL = URI.create("https://ca.test/renewal-info/1");
  private static final int MOST = 64;
  private static final int OPERATIONS = 1_000;

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final Timing timing = new Timing(time, new Random(7));
  private final Admission admission = new Admission(MOST, timing);
  private int capacity = 8;
  private int status = 503;
  private String retryAfter = "2";
  private Duration takes = Duration.ofMillis(20);
  private int underWay;
  private int mostUnderWay;
  private int asked;
  private int refused;

  private Mono<AcmeResponse> answer() {
    asked++;
    if (underWay >= capacity) {
      refused++;
      return Mono.just(response(status, retryAfter));
    }
    mostUnderWay = Math.max(mostUnderWay, ++underWay);
    return Mono.delay(takes, time)
        .map(over -> response(200, null))
        .doOnNext(response -> underWay--);
  }

  private static AcmeResponse response(int status, @Nullable String wait) {
    byte[] body = "{\"type\":\"about:blank\"}".getBytes(StandardCharsets.UTF_8);
    return new AcmeResponse(
        status, null, null, wait, null, "application/problem+json", List.of(), body);
  }

  private Requests requests(RetryLimits limits) {
    return new Requests(
        request -> Mono.defer(this::answer),
        admission,
        new NoncePool(timing, 2 * MOST, Duration.ofMinutes(5)),
        new UnderWay(),
        timing,
        limits,
        new Observers(AcmeObserver.NONE),
        Mono.just(URI.create("https://ca.test/new-nonce")));
  }

  private Flux<Integer> all(Requests requests) {
    return Flux.range(0, OPERATIONS)
        .flatMap(
            i -> requests.get(AcmeOperation.RENEWAL_INFO, URL, AcmeResponse::status), OPERATIONS);
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
  void aLimitBeyondTheBudgetIsAnErrorAndSlowsNothingElse() {
    capacity = 0;
    status = 429;
    retryAfter = "3600";

    StepVerifier.create(
            requests(RetryLimits.defaults())
                .get(AcmeOperation.RENEWAL_INFO, URL, AcmeResponse::status))
        .expectError(AcmeRateLimitException.class)
        .verify();

    assertThat(admission.limit()).isEqualTo(MOST);
  }
}
