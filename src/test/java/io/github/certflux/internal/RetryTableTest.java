package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.internal.RetryTable.Action;
import io.github.certflux.internal.RetryTable.Decision;
import io.github.certflux.internal.RetryTable.Standing;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.Problem;
import java.net.URI;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every row of the retry table in docs/key-rollover.md. */
class RetryTableTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private static final Set<AcmeOperation> NOT_SENT_AGAIN =
      EnumSet.of(
          AcmeOperation.NEW_ACCOUNT,
          AcmeOperation.KEY_CHANGE,
          AcmeOperation.DEACTIVATE_ACCOUNT,
          AcmeOperation.CHALLENGE,
          AcmeOperation.FINALIZE);

  // badNonce

  @Test
  void aRefusedNonceIsReplacedAtOnceThreeTimes() {
    for (int time = 1; time <= 3; time++) {
      assertThat(decide(refused(400, "badNonce"), how().badNonces(time)))
          .isEqualTo(Decision.AT_ONCE);
    }
  }

  @Test
  void thenWithAShortWaitThatGrowsAndAtLastNotAtAll() {
    assertThat(decide(refused(400, "badNonce"), how().badNonces(4))).isEqualTo(later(30));
    assertThat(decide(refused(400, "badNonce"), how().badNonces(5))).isEqualTo(later(60));
    assertThat(decide(refused(400, "badNonce"), how().badNonces(12))).isEqualTo(later(250));
    assertThat(decide(refused(400, "badNonce"), how().badNonces(13))).isEqualTo(Decision.FAIL);
  }

  @Test
  void aRequestThatSpentNoncesShowToBeMalformedIsNotSentAgain() {
    Failure spent = refused(400, "badNonce");

    assertThat(decide(spent, how().inWindow().badNonces(1))).isEqualTo(Decision.AT_ONCE);
    assertThat(decide(spent, how().inWindow().badNonces(1).malformed()).action())
        .isEqualTo(Action.FAIL_AS_MALFORMED);
  }

  // malformed inside the window

  @Test
  void insideTheWindowEachKeyIsTriedTwiceAtOnceAndThenWithAWaitThatGrows() {
    Failure malformed = refused(400, "malformed");

    assertThat(decide(malformed, how().inWindow().keysLeft(true))).isEqualTo(anotherKey(0, false));
    assertThat(decide(malformed, how().inWindow().rounds(1))).isEqualTo(anotherKey(0, false));
    assertThat(decide(malformed, how().inWindow().rounds(2).keysLeft(true)))
        .isEqualTo(anotherKey(0, false));
    assertThat(decide(malformed, how().inWindow().rounds(2))).isEqualTo(anotherKey(30, true));
    assertThat(decide(malformed, how().inWindow().rounds(3))).isEqualTo(anotherKey(60, true));
    assertThat(decide(malformed, how().inWindow().rounds(4))).isEqualTo(anotherKey(120, true));
    assertThat(decide(malformed, how().inWindow().rounds(6))).isEqualTo(anotherKey(150, true));
    assertThat(decide(malformed, how().inWindow().rounds(100_000)))
        .isEqualTo(anotherKey(150, true));
  }

  @Test
  void aKeyChangeThatEveryKeyWasRefusedForTwiceGoesToTheRollover() {
    Failure malformed = refused(400, "malformed");

    assertThat(decide(malformed, how(AcmeOperation.KEY_CHANGE).inWindow().rounds(1)))
        .isEqualTo(anotherKey(0, false));
    assertThat(decide(malformed, how(AcmeOperation.KEY_CHANGE).inWindow().rounds(2)))
        .isEqualTo(Decision.FAIL);
  }

  @Test
  void aSignatureOfAnotherTypeIsARefusedKeyInsideTheWindowAlone() {
    Failure other = refused(400, "badSignatureAlgorithm");

    assertThat(decide(other, how().inWindow().keysLeft(true))).isEqualTo(anotherKey(0, false));
    assertThat(decide(other, how())).isEqualTo(Decision.FAIL);
  }

  // malformed outside a window

  @Test
  void outsideAWindowMalformedIsNotSentAgainButAskedAbout() {
    assertThat(decide(refused(400, "malformed"), how()).action()).isEqualTo(Action.ARBITRATE);
    assertThat(decide(refused(400, "malformed"), how(AcmeOperation.KEY_CHANGE)))
        .isEqualTo(Decision.FAIL);
  }

  @Test
  void whatIsNotSignedForAnAccountIsSimplyMalformed() {
    assertThat(decide(refused(400, "malformed"), how().byKeyId(false).inWindow()))
        .isEqualTo(Decision.FAIL);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 405, 409, 413, 415})
  void malformedOfAnotherStatusTellsNothingOfTheKey(int status) {
    assertThat(decide(refused(status, "malformed"), how().inWindow())).isEqualTo(Decision.FAIL);
    assertThat(decide(refused(status, "malformed"), how())).isEqualTo(Decision.FAIL);
  }

  // what was created a moment ago

  @Test
  void whatThisClientCreatedAMomentAgoIsAskedForAgain() {
    for (Failure early :
        List.of(
            refused(400, "accountDoesNotExist"),
            refused(404, "malformed"),
            refused(404, "about:blank"),
            notAcme(404))) {
      assertThat(decide(early, how().young().waits(1))).isEqualTo(later(30));
      assertThat(decide(early, how().young().waits(4))).isEqualTo(later(240));
      assertThat(decide(early, how().young().waits(40))).isEqualTo(later(250));
      assertThat(decide(early, how())).isEqualTo(Decision.FAIL);
    }
  }

  // not now

  @Test
  void aBusyServerIsAskedAgainWhenItSaysSoElseWithBackoff() {
    Failure busy = refused(503, "serverInternal");
    Failure limited = refused(503, "rateLimited");

    assertThat(decide(after(busy, 7), how())).isEqualTo(exactly(7_000));
    assertThat(decide(after(limited, 7), how())).isEqualTo(exactly(7_000));
    assertThat(decide(busy, how().waits(1))).isEqualTo(later(100));
    assertThat(decide(busy, how().waits(3))).isEqualTo(later(400));
    assertThat(decide(busy, how().waits(50))).isEqualTo(later(5_000));
    assertThat(decide(notAcme(503), how().waits(1))).isEqualTo(later(100));
  }

  /** Whoever was busy may have passed it on, and a second would spoil what the first has done. */
  @Test
  void aFinalizeOrKeyChangeIsNotSentAgainToABusyServer() {
    Failure busy = refused(503, "rateLimited");
    for (AcmeOperation once : List.of(AcmeOperation.FINALIZE, AcmeOperation.KEY_CHANGE)) {
      assertThat(decide(after(of(once, busy), 7), how(once))).isEqualTo(Decision.FAIL);
      assertThat(decide(of(AcmeOperation.NEW_NONCE, busy), how(once))).isEqualTo(later(100));
    }
  }

  @Test
  void aRateLimitIsWaitedForWithinTheUsersBudget() {
    Failure limited = refused(429, "rateLimited");

    assertThat(decide(after(limited, 20), how().rateBudget(20))).isEqualTo(exactly(20_000));
    assertThat(decide(after(limited, 21), how().rateBudget(20))).isEqualTo(Decision.FAIL);
    assertThat(decide(after(limited, 1), how().rateBudget(0))).isEqualTo(Decision.FAIL);
  }

  @Test
  void aLimitWithoutATimeIsNeverTriedAgain() {
    assertThat(decide(refused(429, "rateLimited"), how())).isEqualTo(Decision.FAIL);
  }

  // lost answers

  @ParameterizedTest
  @EnumSource(AcmeOperation.class)
  void aLostAnswerIsAskedForAgainUnlessTheRequestMayHaveBeenDone(AcmeOperation operation) {
    for (Failure lost :
        List.of(
            failure(Failure.Kind.LOST, 0, null),
            refused(500, "serverInternal"),
            notAcme(502),
            notAcme(504),
            notAcme(200))) {
      Decision decision = decide(lost, how(operation).losses(2));

      assertThat(decision)
          .isEqualTo(NOT_SENT_AGAIN.contains(operation) ? Decision.FAIL : later(200));
    }
  }

  @Test
  void thereAreAsManyTriesAsTheUserAllows() {
    Failure lost = failure(Failure.Kind.LOST, 0, null);

    assertThat(decide(lost, how().losses(4)).action()).isEqualTo(Action.AGAIN);
    assertThat(decide(lost, how().losses(5))).isEqualTo(Decision.FAIL);
  }

  @Test
  void aNonceThatWasLostHarmsNothing() {
    Failure nonce =
        new Failure(
            Failure.Kind.LOST,
            AcmeOperation.NEW_NONCE,
            URI.create("https://ca.test/nonce"),
            0,
            problem("about:blank", 0),
            Optional.empty(),
            Links.NONE,
            "",
            "reset",
            null);

    assertThat(decide(nonce, how(AcmeOperation.FINALIZE).losses(1))).isEqualTo(later(100));
  }

  // not sent, not trusted, not ACME

  @Test
  void whatWasNotSentIsSentAgainWithBackoff() {
    Failure unsent = failure(Failure.Kind.NOT_SENT, 0, null);

    assertThat(decide(unsent, how(AcmeOperation.FINALIZE).waits(1))).isEqualTo(later(100));
    assertThat(decide(unsent, how(AcmeOperation.KEY_CHANGE).waits(9))).isEqualTo(later(5_000));
  }

  @Test
  void aServerThatIsNotTrustedIsNotTriedAgain() {
    assertThat(decide(failure(Failure.Kind.NOT_TRUSTED, 0, null), how())).isEqualTo(Decision.FAIL);
  }

  @Test
  void aRedirectIsNotFollowed() {
    assertThat(decide(notAcme(302), how().young())).isEqualTo(Decision.FAIL);
  }

  // what the server says about the request

  @Test
  void anAlgorithmThatTheServerListsIsTriedOnce() {
    Failure algorithm = refused(400, "badSignatureAlgorithm");

    assertThat(decide(algorithm, how().algorithmLeft()).action())
        .isEqualTo(Action.ANOTHER_ALGORITHM);
    assertThat(decide(algorithm, how().inWindow().algorithmLeft()).action())
        .isEqualTo(Action.ANOTHER_ALGORITHM);
    assertThat(decide(algorithm, how())).isEqualTo(Decision.FAIL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unauthorized",
        "orderNotReady",
        "badPublicKey",
        "badCSR",
        "badRevocationReason",
        "alreadyRevoked",
        "alreadyReplaced",
        "caa",
        "rejectedIdentifier",
        "unsupportedIdentifier",
        "invalidProfile",
        "invalidContact",
        "unsupportedContact",
        "externalAccountRequired",
        "userActionRequired",
        "conflict",
        "somethingNew"
      })
  void anythingElseIsForTheCaller(String type) {
    for (int status : new int[] {400, 403, 409}) {
      assertThat(decide(refused(status, type), how().inWindow().young())).isEqualTo(Decision.FAIL);
    }
  }

  // time

  @Test
  void aWaitThatEndsAfterTheOperationsTimeIsNotBegun() {
    Failure busy = after(refused(503, "serverInternal"), 7);

    assertThat(decide(busy, how().timeLeft(7_000))).isEqualTo(exactly(7_000));
    assertThat(decide(busy, how().timeLeft(6_999))).isEqualTo(Decision.FAIL);
    assertThat(decide(refused(400, "malformed"), how().inWindow().rounds(2).timeLeft(29)).action())
        .isEqualTo(Action.FAIL_AS_FIRST);
    assertThat(decide(refused(400, "badNonce"), how().badNonces(1).timeLeft(0)))
        .isEqualTo(Decision.AT_ONCE);
  }

  private static Decision decide(Failure failure, How how) {
    return RetryTable.decide(failure, how.standing());
  }

  private static Decision later(long millis) {
    return new Decision(Action.AGAIN, Duration.ofMillis(millis), true);
  }

  private static Decision exactly(long millis) {
    return new Decision(Action.AGAIN, Duration.ofMillis(millis), false);
  }

  private static Decision anotherKey(long millis, boolean jitter) {
    return new Decision(Action.ANOTHER_KEY, Duration.ofMillis(millis), jitter);
  }

  private static Failure refused(int status, String name) {
    return failure(Failure.Kind.PROBLEM, status, name);
  }

  private static Failure notAcme(int status) {
    return failure(Failure.Kind.NOT_ACME, status, null);
  }

  private static Failure of(AcmeOperation operation, Failure failure) {
    return new Failure(
        failure.kind(),
        operation,
        failure.url(),
        failure.status(),
        failure.problem(),
        failure.retryAfter(),
        failure.links(),
        failure.expected(),
        failure.came(),
        failure.cause());
  }

  private static Failure after(Failure failure, int seconds) {
    return new Failure(
        failure.kind(),
        failure.operation(),
        failure.url(),
        failure.status(),
        failure.problem(),
        Optional.of(Duration.ofSeconds(seconds)),
        failure.links(),
        failure.expected(),
        failure.came(),
        failure.cause());
  }

  private static Failure failure(Failure.Kind kind, int status, @Nullable String name) {
    return new Failure(
        kind,
        AcmeOperation.ORDER,
        URI.create("https://ca.test/order/1"),
        status,
        problem(
            name == null || name.contains(":")
                ? "about:blank"
                : "urn:ietf:params:acme:error:" + name,
            status),
        Optional.empty(),
        Links.NONE,
        "ACME",
        "something",
        null);
  }

  private static Problem problem(String type, int status) {
    return new Problem(
        type,
        Optional.empty(),
        Optional.empty(),
        status,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        List.of());
  }

  private static How how() {
    return how(AcmeOperation.ORDER);
  }

  private static How how(AcmeOperation operation) {
    return new How(operation);
  }

  /** How an operation of an account stands, outside a window, at its first failure. */
  private static final class How {
    private final AcmeOperation operation;
    private int losses;
    private int waits = 1;
    private int badNonces;
    private boolean byKeyId = true;
    private boolean window;
    private boolean keysLeft;
    private int rounds;
    private boolean malformed;
    private boolean young;
    private Duration timeLeft = LONG;
    private Duration rateBudget = LONG;
    private boolean algorithmLeft;

    How(AcmeOperation operation) {
      this.operation = operation;
    }

    How losses(int count) {
      losses = count;
      return this;
    }

    How waits(int count) {
      waits = count;
      return this;
    }

    How badNonces(int count) {
      badNonces = count;
      return this;
    }

    How byKeyId(boolean named) {
      byKeyId = named;
      return this;
    }

    How inWindow() {
      window = true;
      return this;
    }

    How keysLeft(boolean left) {
      keysLeft = left;
      return this;
    }

    How rounds(int count) {
      rounds = count;
      return this;
    }

    How malformed() {
      malformed = true;
      return this;
    }

    How young() {
      young = true;
      return this;
    }

    How timeLeft(long millis) {
      timeLeft = Duration.ofMillis(millis);
      return this;
    }

    How rateBudget(long seconds) {
      rateBudget = Duration.ofSeconds(seconds);
      return this;
    }

    How algorithmLeft() {
      algorithmLeft = true;
      return this;
    }

    Standing standing() {
      return new Standing(
          operation,
          5,
          losses,
          waits,
          badNonces,
          byKeyId,
          window,
          keysLeft,
          rounds,
          malformed,
          young,
          timeLeft,
          rateBudget,
          algorithmLeft);
    }
  }
}
