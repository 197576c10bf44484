package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.certflux.internal.AccountState.Verdict;
import io.github.certflux.protocol.AcmeAccountKeyException;
import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.protocol.RolloverPolicy;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.PublisherProbe;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A signed request and its tries, against front ends that may be late to know a key. */
class SignedExchangeTest {
  private static final URI ACCOUNT = URI.create("https://ca.test/account/1");
  private static final int SEEDS = 50;
  private static final JcaCrypto CRYPTO =
      JcaCrypto.create(JcaCrypto.drbg(), Schedulers.immediate());
  private static final List<KeyPair> PAIRS = new ArrayList<>();
  private static final List<AccountKey> KEYS = new ArrayList<>();

  @BeforeAll
  static void generate() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    for (int i = 0; i < 26; i++) {
      PAIRS.add(generator.generateKeyPair());
      KEYS.add(ScriptedServer.key(PAIRS.get(i), CRYPTO, Mono.empty()));
    }
  }

  @AfterAll
  static void close() {
    CRYPTO.disposeLater().block(Duration.ofSeconds(10));
  }

  // inside a window

  @Test
  void theSameNonceGoesWithTheNextKey() {
    World world = new World(1, RolloverPolicy.BOTH_KEYS).keys(2);
    world.server.know(KEYS.get(0));

    assertThat(world.get()).isEqualTo("done");

    assertThat(world.server.posts).hasSize(2);
    assertThat(world.server.posts.get(0).key()).isEqualTo(KEYS.get(1).thumbprint());
    assertThat(world.server.posts.get(1).key()).isEqualTo(KEYS.get(0).thumbprint());
    assertThat(world.server.posts.get(1).nonce()).isEqualTo(world.server.posts.get(0).nonce());
  }

  @Test
  void eachRefusalHalvesHowLikelyTheKeyIsAndAnAcceptedKeyComesFirst() {
    World world = new World(1, RolloverPolicy.BOTH_KEYS).keys(2);
    world.server.know(KEYS.get(0));

    world.get();

    assertThat(world.state.weights())
        .containsEntry(KEYS.get(1).thumbprint(), 0.5)
        .containsEntry(KEYS.get(0).thumbprint(), 1.0);
    assertThat(world.state.keys().get(0)).isEqualTo(KEYS.get(0));
  }

  @Test
  void waitsOnlyOnceEveryKeyWasRefusedTwiceAndAsksForTheKeyMeanwhile() {
    PublisherProbe<Verdict> question = PublisherProbe.of(Mono.just(Verdict.NOT_OURS));
    World world = new World(3, RolloverPolicy.BOTH_KEYS, question.mono()).keys(2);
    world.server.know(KEYS.get(5)); // a key that this client has not

    Disposable waiting = world.send().subscribe(x -> {}, e -> {});
    world.time.advanceTimeBy(Duration.ofSeconds(2));
    waiting.dispose();

    List<Long> gaps = world.gaps();
    assertThat(gaps.subList(0, 3)).as("two rounds of two keys").containsOnly(5L);
    assertThat(gaps.get(3)).isBetween(5L + 15, 5L + 30);
    assertThat(gaps.get(4)).isEqualTo(5);
    assertThat(gaps.get(5)).isBetween(5L + 30, 5L + 60);
    assertThat(gaps).allMatch(gap -> gap <= 155);
    assertThat(gaps).anyMatch(gap -> gap > 75);
    assertThat(question.wasSubscribed()).isTrue();
    assertThat(world.server.posts).hasSizeLessThan(40);
  }

  @ParameterizedTest
  @CsvSource({"1,0,8", "2,0,20", "26,0,20", "1,5,40", "2,5,40", "26,5,40"})
  void aRequestThatIsReallyMalformedFailsInTheServersOwnWordsAfterAFewTries(
      int keys, int noncesRefused, int most) {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world =
          new World(seed, keys == 1 ? RolloverPolicy.NEW_KEY_ONLY : RolloverPolicy.BOTH_KEYS)
              .keys(keys);
      world.server.know(KEYS.get(keys - 1));
      world.server.malformed = true;
      world.server.noncesRefused = noncesRefused;

      AcmeProblemException error = world.failure(Duration.ofSeconds(3));

      assertThat(error.problem().name()).isEqualTo("malformed");
      assertThat(error.problem().detail()).as("seed %s", seed).contains(ScriptedServer.WORDS);
      assertThat(world.server.posts).as("seed %s", seed).hasSizeLessThanOrEqualTo(most);
    }
  }

  /** Which of several refusals was the request's can't be told for certain where nonces fail. */
  @ParameterizedTest
  @CsvSource({"2,0,1.0", "26,0,1.0", "2,5,0.8", "26,5,0.8"})
  void soItDoesWhereFrontEndsDifferAndTheFirstIsStale(int keys, int noncesRefused, double own) {
    int few = 0;
    int inItsWords = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = new World(seed, RolloverPolicy.BOTH_KEYS).keys(keys);
      world.server.know(KEYS.get(keys - 2), KEYS.get(keys - 1), KEYS.get(keys - 2));
      world.server.malformed = true;
      world.server.noncesRefused = noncesRefused;

      AcmeProblemException error = world.failure(Duration.ofSeconds(8));

      inItsWords += error.problem().detail().orElse("").equals(ScriptedServer.WORDS) ? 1 : 0;
      few += world.server.posts.size() <= 60 ? 1 : 0;
      assertThat(world.server.posts).as("seed %s", seed).hasSizeLessThan(120);
    }
    assertThat(inItsWords).isGreaterThanOrEqualTo((int) (own * SEEDS));
    assertThat(few).isGreaterThanOrEqualTo((int) (0.9 * SEEDS));
  }

  @Test
  void theServersWordsAreToldFromRefusalsOfKeysThatAreWordedDifferently() {
    World world = new World(1, RolloverPolicy.NEW_KEY_ONLY).keys(1);
    ScriptedServer server = world.server;
    server.know(KEYS.get(0));
    Mono<AcmeResponse> stale = Mono.fromSupplier(() -> server.problem("malformed", "stale"));
    Mono<AcmeResponse> words = Mono.fromSupplier(() -> server.problem("malformed", "words"));
    Mono<AcmeResponse> spent = Mono.fromSupplier(() -> server.problem("badNonce", "spent"));
    server.answers.addAll(List.of(stale, words, spent)); // either may be about the request
    server.answers.addAll(List.of(stale, words, stale, spent)); // not what came twice
    server.answers.addAll(List.of(words, spent, words, spent, words, spent));

    assertThat(world.failure(Duration.ofSeconds(5)).problem().detail()).contains("words");
  }

  @Test
  void noRequestThatAFrontEndWillTakeFailsForNoncesRefusedAtRandom() {
    for (int seed = 0; seed < 10 * SEEDS; seed++) {
      int keys = 1 + seed % 3;
      World world =
          new World(seed, keys == 1 ? RolloverPolicy.NEW_KEY_ONLY : RolloverPolicy.BOTH_KEYS)
              .keys(keys);
      world.server.know(KEYS.get(seed % 4 % keys), KEYS.get(keys == 1 ? 5 : 0), KEYS.get(keys - 1));
      world.server.noncesRefused = 5;

      assertThat(world.get()).as("seed " + seed).isEqualTo("done");
    }
  }

  @Test
  void aLostAnswerBetweenSpentNoncesLeavesNoVerdict() {
    World world = new World(1, RolloverPolicy.NEW_KEY_ONLY).keys(1);
    ScriptedServer server = world.server;
    server.know(KEYS.get(0));
    Mono<AcmeResponse> lost =
        Mono.error(new TransportFailure(TransportFailure.Kind.LOST, "reset", null));
    Mono<AcmeResponse> stale = Mono.fromSupplier(() -> server.problem("malformed", "stale"));
    Mono<AcmeResponse> spent = Mono.fromSupplier(() -> server.problem("badNonce", "spent"));
    server.answers.addAll(List.of(stale, spent, stale, spent, stale, spent));
    server.answers.addAll(List.of(lost, stale, spent));

    assertThat(world.get()).isEqualTo("done");
    assertThat(server.posts).hasSize(10);
  }

  @Test
  void withTheTimeUpTheFirstRefusalIsTheOneReported() {
    World world =
        new World(
            1,
            RetryLimits.defaults()
                .withRolloverWindow(Duration.ofSeconds(10))
                .withOperationTime(Duration.ofSeconds(1)),
            Mono.just(Verdict.UNKNOWN));
    world.keys(2);
    ScriptedServer server = world.server;
    server.know(KEYS.get(5));
    server.answers.add(Mono.fromSupplier(() -> server.problem("malformed", "the first")));

    AcmeProblemException error = world.failure(Duration.ofSeconds(1));

    assertThat(error.problem().detail()).contains("the first");
  }

  // outside a window

  @Test
  void outsideAWindowAMalformedRequestIsNotSentAgainAndTheKeyAskedForOnce() {
    PublisherProbe<Verdict> question = PublisherProbe.of(Mono.just(Verdict.OURS));
    World world = new World(1, RolloverPolicy.BOTH_KEYS, question.mono());
    world.server.know(KEYS.get(0));
    world.server.malformed = true;

    AcmeProblemException error = world.failure(Duration.ofSeconds(1));

    assertThat(error).isNotInstanceOf(AcmeAccountKeyException.class);
    assertThat(error.problem().detail()).contains(ScriptedServer.WORDS);
    assertThat(world.server.posts).hasSize(1);
    assertThat(question.subscribeCount()).isEqualTo(1);
  }

  @Test
  void aKeyThatIsNoLongerTheAccountsIsSaidToBe() {
    World world = new World(1, RolloverPolicy.BOTH_KEYS, Mono.just(Verdict.NOT_OURS));
    world.server.know(KEYS.get(1));

    assertThat(world.failure(Duration.ofSeconds(1))).isInstanceOf(AcmeAccountKeyException.class);
    assertThat(world.server.posts).hasSize(1);
  }

  @Test
  void keysThatChangedInTheStoreAreTriedAtOnce() {
    AtomicReference<World> changed = new AtomicReference<>();
    Mono<Verdict> takesOver =
        Mono.fromSupplier(
            () -> {
              changed.get().state.promote(KEYS.get(1));
              return Verdict.KEYS_CHANGED;
            });
    World world = new World(1, RolloverPolicy.NEW_KEY_ONLY, takesOver);
    changed.set(world);
    world.server.know(KEYS.get(1));

    assertThat(world.get()).isEqualTo("done");
    assertThat(world.server.posts).hasSize(2);
  }

  // cancelling

  @Test
  void cancelledWhileItWaitsForAPlaceItLeavesTheQueue() {
    World world = new World(1, RolloverPolicy.BOTH_KEYS);
    world.server.know(KEYS.get(0));
    Admission.Ticket other = world.admission.ticket(Admission.Priority.NORMAL);
    assertThat(other.enter()).isTrue();

    world.send().subscribe().dispose();
    other.close();

    world.assertNothingHeld(1);
    assertThat(world.server.posts).isEmpty();
  }

  @Test
  void cancelledWhileItWaitsForANonceItLeavesThatNonceToOthers() {
    World world = new World(1, RolloverPolicy.BOTH_KEYS);
    world.nonces.ticket().take();
    Sinks.Empty<Void> gate = Sinks.empty();
    world.server.nonceGate = gate.asMono();

    Disposable waiting = world.send().subscribe();
    assertThat(world.server.nonceRequests).isEqualTo(1);
    waiting.dispose();
    waiting.dispose();
    gate.tryEmitEmpty();
    world.time.advanceTimeBy(ScriptedServer.LATENCY);

    world.assertNothingHeld(1);
    assertThat(world.server.posts).isEmpty();
  }

  @Test
  void cancelledWhileItIsSignedItGivesItsNonceBack() {
    Sinks.Empty<Void> gate = Sinks.empty();
    World world = new World(1, RolloverPolicy.BOTH_KEYS);
    world.state.promote(ScriptedServer.key(PAIRS.get(1), CRYPTO, gate.asMono()));

    Disposable signing = world.send().subscribe();
    assertThat(world.nonces.available()).isZero();
    signing.dispose();
    gate.tryEmitEmpty();

    world.assertNothingHeld(1);
    assertThat(world.server.posts).isEmpty();
  }

  @Test
  void cancelledOnTheWireItsPlaceAndTheNextNonceComeWithTheAnswer() {
    World world = new World(1, RolloverPolicy.BOTH_KEYS);
    world.server.know(KEYS.get(0));

    world.send().subscribe().dispose();

    assertThat(world.admission.inside()).isEqualTo(1);
    assertThat(world.nonces.available()).isZero();
    world.time.advanceTimeBy(ScriptedServer.LATENCY);
    world.assertNothingHeld(1);
    assertThat(world.server.posts).hasSize(1);
  }

  @Test
  void cancelledInTheBackoffItHoldsNothing() {
    World world = new World(1, RolloverPolicy.NEW_KEY_ONLY).keys(1);
    world.server.know(KEYS.get(5));

    Disposable waiting = world.send().subscribe();
    world.time.advanceTimeBy(Duration.ofMillis(12)); // two refusals, then 15 ms and more
    int nonces = world.nonces.available();
    waiting.dispose();
    world.time.advanceTimeBy(Duration.ofSeconds(1));

    assertThat(world.server.posts).hasSize(2);
    world.assertNothingHeld(nonces);
  }

  // what observers are told

  @Test
  void aWindowCountsEveryRefusalWhenItHappensAndTheDelayHoweverAnOperationEnds() {
    World world = new World(1, RolloverPolicy.NEW_KEY_ONLY).keys(1);
    world.server.know(KEYS.get(5));

    Disposable cancelled = world.send().subscribe();
    world.time.advanceTimeBy(Duration.ofSeconds(1));
    int sent = world.server.posts.size();
    long first = world.server.posts.get(0).atMillis() + ScriptedServer.LATENCY.toMillis();
    cancelled.dispose();
    Duration delay = Duration.ofMillis(world.millis() - first);
    world.time.advanceTimeBy(Duration.ofSeconds(9));
    world.state.endWindow();
    world.state.endWindow();

    assertThat(world.opened).hasSize(1);
    assertThat(world.ended).hasSize(1);
    assertThat(world.ended.get(0).refused()).isBetween(sent - 1L, (long) sent);
    assertThat(world.ended.get(0).slowest()).isEqualTo(delay);
  }

  @Test
  void anOperationThatFailsCountsToo() {
    World world = new World(1, RolloverPolicy.NEW_KEY_ONLY).keys(1);
    world.server.know(KEYS.get(0));
    world.server.malformed = true;

    world.failure(Duration.ofSeconds(1));
    world.time.advanceTimeBy(Duration.ofSeconds(10));
    world.state.endWindow();

    assertThat(world.ended).hasSize(1);
    assertThat(world.ended.get(0).refused()).isEqualTo(4);
    assertThat(world.ended.get(0).slowest()).isPositive();
  }

  @Test
  void aRolloverInsideAWindowMakesItLongerAndItEndsOnce() {
    World world = new World(1, RolloverPolicy.BOTH_KEYS).keys(2);
    world.server.know(KEYS.get(0));
    world.get();
    world.time.advanceTimeBy(Duration.ofSeconds(6));
    world.state.candidate(KEYS.get(2));
    world.state.promote(KEYS.get(2));
    world.time.advanceTimeBy(Duration.ofSeconds(6));
    world.state.endWindow(); // the first rollover's timer
    assertThat(world.ended).isEmpty();
    world.time.advanceTimeBy(Duration.ofSeconds(4));
    world.state.endWindow();

    assertThat(world.opened).hasSize(1);
    assertThat(world.ended).hasSize(1);
    assertThat(world.ended.get(0).refused()).isEqualTo(1);
    assertThat(world.ended.get(0).keyThumbprint()).isEqualTo(KEYS.get(2).thumbprint());
  }

  @Test
  void whatWasRefusedInAnEarlierWindowIsNotInTheNext() {
    World world = new World(1, RolloverPolicy.NEW_KEY_ONLY).keys(1);
    world.server.know(KEYS.get(5));
    Disposable late = world.send().subscribe();
    world.time.advanceTimeBy(Duration.ofMillis(12));
    world.server.answers.add(Mono.never()); // its third try has no answer
    world.time.advanceTimeBy(Duration.ofSeconds(10));
    world.state.endWindow();
    world.state.candidate(KEYS.get(1));
    world.state.promote(KEYS.get(1));
    world.time.advanceTimeBy(Duration.ofSeconds(1));
    late.dispose();
    world.time.advanceTimeBy(Duration.ofSeconds(9));
    world.state.endWindow();

    assertThat(world.ended).hasSize(2);
    assertThat(world.ended.get(0).refused()).isEqualTo(2);
    assertThat(world.ended.get(1).refused()).isZero();
    assertThat(world.ended.get(1).slowest()).isZero();
  }

  @Test
  void anObserverThatThrowsHurtsNothing() {
    World world = new World(1, RolloverPolicy.BOTH_KEYS);
    world.observerFails = true;
    world.keys(2);
    world.server.know(KEYS.get(0));

    assertThat(world.get()).isEqualTo("done");
    world.time.advanceTimeBy(Duration.ofSeconds(10));
    world.state.endWindow();
    assertThat(world.ended).hasSize(1);
    world.assertNothingHeld(world.nonces.available());
  }

  /** A cache may have kept the answer, and have given its nonce to others. */
  @Test
  void theNonceOfAnAnswerToAGetIsNotUsed() {
    World world = new World(1, RolloverPolicy.BOTH_KEYS);
    Requests requests =
        new Requests(
            request -> Mono.just(world.server.answer(200, null)),
            world.admission,
            world.nonces,
            new UnderWay(),
            new Timing(world.time, new Random(1)),
            RetryLimits.defaults(),
            new Observers(world),
            Mono.just(ScriptedServer.NONCE));

    requests.get(AcmeOperation.RENEWAL_INFO, ACCOUNT, answer -> "done").subscribe();
    assertThat(world.nonces.available()).isEqualTo(1);

    requests.fetchNonce().subscribe();
    assertThat(world.nonces.available()).isEqualTo(2);
  }

  /** One account's requests on virtual time, with one place, and one nonce in the pool. */
  private static final class World implements AcmeObserver {
    final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    final Admission admission;
    final List<Window> opened = new ArrayList<>();
    final List<Window> ended = new ArrayList<>();
    final ScriptedServer server;
    final NoncePool nonces;
    final AccountState state;
    private final Requests requests;
    private boolean observerFails;

    World(long seed, RolloverPolicy policy) {
      this(seed, policy, Mono.just(Verdict.UNKNOWN));
    }

    World(long seed, RolloverPolicy policy, Mono<Verdict> arbiter) {
      this(
          seed,
          RetryLimits.defaults()
              .withRolloverWindow(Duration.ofSeconds(10))
              .withRolloverPolicy(policy),
          arbiter);
    }

    World(long seed, RetryLimits limits, Mono<Verdict> arbiter) {
      Timing timing = new Timing(time, new Random(seed));
      admission = new Admission(1, timing);
      server = new ScriptedServer(time, new Random(seed + 1));
      nonces = new NoncePool(timing, 64, Duration.ofMinutes(1));
      nonces.put(server.nonce());
      Observers observers = new Observers(this);
      requests =
          new Requests(
              server,
              admission,
              nonces,
              new UnderWay(),
              timing,
              limits,
              observers,
              Mono.just(ScriptedServer.NONCE));
      state = new AccountState(ACCOUNT, KEYS.get(0), false, timing, limits, observers, arbiter);
    }

    /** As many keys, rolled over one after the other; the last window is open. */
    World keys(int count) {
      for (int i = count == 1 ? 0 : 1; i < count; i++) {
        state.promote(KEYS.get(i));
      }
      return this;
    }

    Mono<String> send() {
      return requests.send(
          SignedRequest.of(
              AcmeOperation.UPDATE_ACCOUNT, ACCOUNT, state, new byte[] {'{', '}'}, a -> "done"));
    }

    @Nullable String get() {
      AtomicReference<String> value = new AtomicReference<>();
      AtomicReference<Throwable> error = new AtomicReference<>();
      send().subscribe(value::set, error::set);
      time.advanceTimeBy(Duration.ofSeconds(9));
      assertThat(error.get()).isNull();
      return value.get();
    }

    AcmeProblemException failure(Duration atMost) {
      AtomicReference<Throwable> error = new AtomicReference<>();
      send().subscribe(x -> {}, error::set);
      time.advanceTimeBy(atMost);
      assertThat(error.get()).as("after %s requests", server.posts.size()).isNotNull();
      return catchThrowableOfType(
          AcmeProblemException.class,
          () -> {
            throw error.get();
          });
    }

    long millis() {
      return time.now(java.util.concurrent.TimeUnit.MILLISECONDS);
    }

    /** Between one POST and the next. */
    List<Long> gaps() {
      List<Long> gaps = new ArrayList<>();
      for (int i = 1; i < server.posts.size(); i++) {
        gaps.add(server.posts.get(i).atMillis() - server.posts.get(i - 1).atMillis());
      }
      return gaps;
    }

    void assertNothingHeld(int available) {
      assertThat(admission.inside()).isZero();
      assertThat(nonces.available()).isEqualTo(available);
    }

    @Override
    public void windowOpened(Window event) {
      opened.add(event);
      fail();
    }

    @Override
    public void windowEnded(Window event) {
      ended.add(event);
      fail();
    }

    @Override
    public void tried(Try event) {
      fail();
    }

    @Override
    public void ended(Ended event) {
      fail();
    }

    private void fail() {
      if (observerFails) {
        throw new AssertionError("an observer that fails");
      }
    }
  }
}
