package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.KeyRollover;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.protocol.RolloverPolicy;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import io.github.certflux.testca.KeyAuthorizationTime;
import io.github.certflux.testca.TestCaBuilder;
import io.github.certflux.testca.Truth;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** An account's key is rolled over while many pipelines work on the account. */
class LiveRolloverTest {
  private static final int PIPELINES = 40;
  private static final Duration CACHE = Duration.ofSeconds(5);
  private static final Duration LAG = Duration.ofSeconds(2);
  private static final Duration SLACK = Duration.ofMillis(250);
  private static final Duration LONG = Duration.ofMinutes(5);

  @ParameterizedTest(name = "{0} front ends, lagging replicas: {1}")
  @CsvSource({"1, false", "3, false", "8, false", "1, true", "3, true", "8, true"})
  void withBothKeysNoOperationFailsAndFewAreRefused(int fronts, boolean lags) {
    Live live = new Live(RolloverPolicy.BOTH_KEYS, ca -> fronts(ca, fronts, lags));

    live.runs(live.inAndOutOfWindows(10));

    assertThat(live.traffic.refusedPerOperation(lags ? CACHE.plus(LAG) : CACHE))
        .isPositive()
        .isLessThanOrEqualTo(2);
    assertThat(live.signedByReplacedKeys()).isPositive();
    live.assertNothingLost();
  }

  @ParameterizedTest(name = "{0} front ends, lagging replicas: {1}")
  @CsvSource({"1, false", "3, false", "8, false", "3, true"})
  void withTheNewKeyAloneNoOperationFailsAndAllAreDoneWhenTheWindowEnds(int fronts, boolean lags) {
    Live live = new Live(RolloverPolicy.NEW_KEY_ONLY, ca -> fronts(ca, fronts, lags));

    live.runs(live.inAndOutOfWindows(2));

    assertThat(live.traffic.afterTheWindow(lags ? CACHE.plus(LAG) : CACHE))
        .isLessThanOrEqualTo(SLACK);
    assertThat(live.signedByReplacedKeys()).isZero();
    live.assertNothingLost();
  }

  /** A key of another type is refused in other words, and signs with another algorithm. */
  @ParameterizedTest
  @EnumSource(RolloverPolicy.class)
  void keysOfOtherTypesAndKeysOfOnesOwnFailNoOperationEither(RolloverPolicy policy) {
    KeyPair rsa = VirtualWorld.newKey(KeyType.RSA_2048);
    KeyPair own = VirtualWorld.newKey(KeyType.EC_P256);
    Live live =
        new Live(
            policy,
            ca -> fronts(ca, 3, false),
            AccountRequest.create().agreeToTerms().withKey(rsa));
    live.pipelines = 4;
    AcmeAccount account = live.account;
    VirtualWorld world = live.world;

    live.runs(
        Flux.concat(
            world.after(Duration.ofSeconds(1)).then(account.rollOver(KeyType.EC_P256)),
            world.after(Duration.ofSeconds(1)).then(account.rollOver(KeyType.EC_P384)),
            world.after(CACHE.multipliedBy(2)).then(account.rollOver(rsa)),
            world.after(Duration.ofSeconds(1)).then(account.rollOver(own))));

    assertThat(live.traffic.refusedPerOperation(CACHE)).isPositive();
    live.assertNothingLost();
  }

  @ParameterizedTest
  @EnumSource(RolloverPolicy.class)
  void requestsSignedBeforeTheRolloverMayArriveAfterIt(RolloverPolicy policy) {
    Live live = new Live(policy, ca -> fronts(ca, 3, false));
    for (Endpoint endpoint :
        List.of(Endpoint.ACCOUNT, Endpoint.NEW_ORDER, Endpoint.ORDER, Endpoint.FINALIZE)) {
      live.world
          .ca
          .faults()
          .on(endpoint)
          .withProbability(0.3)
          .then(Fault.delay(Duration.ofMillis(1500)));
    }

    live.runs(live.afterwards(Duration.ofSeconds(1), 1).concatWith(live.afterwards(CACHE, 1)));

    live.assertNothingLost();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void challengesSetUpBeforeTheRolloverAreSetUpAgain(int fronts) {
    Live live = new Live(RolloverPolicy.BOTH_KEYS, ca -> fronts(ca, fronts, false));
    live.slowly = Duration.ofSeconds(2);

    live.runs(live.afterwards(Duration.ofSeconds(1), 1));

    assertThat(live.world.proofs.presented.get()).isGreaterThan(live.traffic.orders() * 3 / 2);
    live.assertNothingLost();
  }

  @Test
  void aCaThatValidatesByTheKeyOfThatMomentSpoilsNoOrder() {
    Live live =
        new Live(
            RolloverPolicy.BOTH_KEYS,
            ca ->
                fronts(ca, 3, false)
                    .keyAuthorizationTime(KeyAuthorizationTime.AT_VALIDATION)
                    .validationDelay(Duration.ofSeconds(1)));

    live.runs(live.afterwards(Duration.ofSeconds(1), 3));

    live.assertNothingLost();
  }

  private static TestCaBuilder fronts(TestCaBuilder ca, int fronts, boolean lags) {
    TestCaBuilder built = ca.fronts(fronts).cacheTtl(CACHE);
    return lags ? built.lags(Duration.ZERO, LAG, Duration.ofMillis(500)) : built;
  }

  /** An account at work. */
  private static final class Live {
    final VirtualWorld world;
    final LiveTraffic traffic;
    final AcmeAccount account;
    Duration slowly = Duration.ZERO;
    int pipelines = PIPELINES;
    private final AcmeClient client;
    private final List<String> keys = new ArrayList<>();
    private final Map<String, Long> replaced = new HashMap<>();

    Live(RolloverPolicy policy, UnaryOperator<TestCaBuilder> change) {
      this(policy, change, AccountRequest.create().agreeToTerms());
    }

    Live(RolloverPolicy policy, UnaryOperator<TestCaBuilder> change, AccountRequest request) {
      world = new VirtualWorld(7, change);
      traffic = new LiveTraffic(world);
      client =
          world
              .client()
              .observer(traffic)
              .limits(RetryLimits.defaults().withRolloverPolicy(policy))
              .build();
      account = Objects.requireNonNull(world.await(client.account(request), LONG));
    }

    /** So many rollovers back to back, after a while. */
    Flux<KeyRollover> afterwards(Duration time, int times) {
      return world
          .after(time)
          .thenMany(
              Flux.range(0, times)
                  .concatMap(
                      number ->
                          account.rollOver(number % 2 == 0 ? KeyType.EC_P256 : KeyType.EC_P384),
                      0));
    }

    /** One, a second one inside its window, two asked for at once, and some back to back. */
    Flux<KeyRollover> inAndOutOfWindows(int backToBack) {
      return afterwards(Duration.ofSeconds(2), 1)
          .concatWith(afterwards(Duration.ofSeconds(1), 1))
          .concatWith(
              world
                  .after(Duration.ofSeconds(6))
                  .thenMany(
                      Flux.merge(
                          account.rollOver(KeyType.EC_P256), account.rollOver(KeyType.EC_P256))))
          .concatWith(afterwards(Duration.ofSeconds(1), backToBack));
    }

    /** Work before, during and after the rollovers. */
    void runs(Flux<KeyRollover> rollovers) {
      Mono<Void> schedule =
          rollovers
              .doOnNext(
                  done -> {
                    keys.add(done.thumbprint());
                    replaced.put(done.replaced(), world.millis());
                  })
              .then(Mono.defer(() -> world.after(Duration.ofSeconds(2))))
              .doFinally(end -> traffic.over())
              .then();
      AcmeAccount atWork = slowly.isZero() ? account : account.with(new Slow());
      world.await(Mono.when(schedule, traffic.run(atWork, pipelines)), LONG);
    }

    /** How many requests were signed by a key after the rollover from it had ended. */
    long signedByReplacedKeys() {
      return world
          .ca
          .requests()
          .count(
              request -> {
                Long since = replaced.get(request.keyThumbprint());
                return since != null
                    && request.at().minus(VirtualWorld.LATENCY).toEpochMilli() > since;
              });
    }

    void assertNothingLost() {
      assertThat(traffic.failed()).isEmpty();
      assertThat(traffic.orders()).isGreaterThanOrEqualTo(pipelines / 2);
      assertThat(traffic.certificates()).hasSize(traffic.orders());
      assertThat(world.ca.truth().spoiltOrders()).isEmpty();
      Truth.AccountState truth = world.ca.truth().account(account.url()).orElseThrow();
      assertThat(truth.formerKeyThumbprints()).hasSize(keys.size() + 1).containsAll(keys);
      world.assertKeyIsStored();
      world.close(client);
      assertThat(world.proofs.isClean()).isTrue();
    }

    /** What takes its time between set up and trigger. */
    private final class Slow extends StandingProofs {
      @Override
      public Mono<Void> present(SolverRequest request) {
        return world.proofs.present(request);
      }

      @Override
      public Mono<Void> ready(SolverRequest request) {
        return world.after(slowly).then();
      }

      @Override
      public Mono<Void> cleanUp(SolverRequest request) {
        return world.proofs.cleanUp(request);
      }
    }
  }
}
