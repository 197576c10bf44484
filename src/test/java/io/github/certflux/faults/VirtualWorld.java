package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeClientBuilder;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.store.StoreRecord;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.TestCaBuilder;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A test CA in memory, a store and clients, all in one thread and on virtual time. */
final class VirtualWorld {
  static final String FOLDER = "ca.test-directory";
  static final String ACCOUNT = FOLDER + "/accounts/default";

  /** Each way of a request takes it. */
  static final Duration LATENCY = Duration.ofMillis(5);

  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration STEP = Duration.ofMillis(10);
  private static final JcaCrypto CRYPTO =
      JcaCrypto.create(JcaCrypto.drbg(), Schedulers.immediate());

  final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  final StandingProofs proofs = new StandingProofs();
  final AcmeStore store;
  final TestCa ca;
  private final Random random;

  VirtualWorld(long seed, UnaryOperator<TestCaBuilder> change) {
    this(seed, change, MemoryStore::create);
  }

  /**
   * A world.
   *
   * @param stores makes its store, on its clock
   */
  VirtualWorld(
      long seed, UnaryOperator<TestCaBuilder> change, Function<Scheduler, AcmeStore> stores) {
    store = stores.apply(time);
    time.advanceTimeTo(BEGIN);
    random = new Random(seed);
    TestCaBuilder builder =
        TestCa.builder()
            .scheduler(time)
            .random(random)
            .validation(proofs.validation())
            .latency(LATENCY);
    ca = change.apply(builder).inMemory();
  }

  AcmeClientBuilder client() {
    return client(ca.transport());
  }

  AcmeClientBuilder client(AcmeTransport transport) {
    return clientWithoutSolvers(transport).solver(proofs);
  }

  AcmeClientBuilder clientWithoutSolvers(AcmeTransport transport) {
    return AcmeClient.builder(ca.directory())
        .transport(transport)
        .timer(time)
        .random(random)
        .crypto(CRYPTO)
        .store(store);
  }

  long millis() {
    return time.now(TimeUnit.MILLISECONDS);
  }

  KeyPair newKey() {
    return newKey(KeyType.EC_P256);
  }

  static KeyPair newKey(KeyType type) {
    return Objects.requireNonNull(CRYPTO.generate(type).block());
  }

  /** Completes when so much virtual time has passed since its subscription. */
  Mono<Long> after(Duration duration) {
    return Mono.delay(duration, time);
  }

  void pass(Duration duration) {
    time.advanceTimeBy(duration);
  }

  /** What a Mono signals, as virtual time passes. */
  <T> @Nullable T await(Mono<T> work, Duration atMost) {
    Outcome<T> outcome = settle(work, atMost);
    if (outcome.error() != null) {
      throw new AssertionError("failed: " + outcome.error(), outcome.error());
    }
    return outcome.value();
  }

  /** The error of a Mono that must fail. */
  Throwable failure(Mono<?> work, Duration atMost) {
    Outcome<?> outcome = settle(work, atMost);
    assertThat(outcome.error()).as("got %s", outcome.value()).isNotNull();
    return outcome.error();
  }

  /** How a Mono ended. */
  record Outcome<T>(@Nullable T value, @Nullable Throwable error) {}

  private <T> Outcome<T> settle(Mono<T> work, Duration atMost) {
    AtomicReference<Outcome<T>> ended = new AtomicReference<>();
    AtomicReference<T> value = new AtomicReference<>();
    work.subscribe(
        value::set,
        error -> ended.set(new Outcome<>(null, error)),
        () -> ended.set(new Outcome<>(value.get(), null)));
    long end = millis() + atMost.toMillis();
    while (ended.get() == null && millis() < end) {
      time.advanceTimeBy(STEP);
    }
    assertThat(ended.get())
        .as("not done within %s of virtual time; the CA got %s", atMost, ca.requests().all())
        .isNotNull();
    return ended.get();
  }

  void close(AcmeClient client) {
    await(client.disposeLater(), Duration.ofSeconds(40));
  }

  List<String> stored(String folder) {
    return store.list(folder).collectList().block();
  }

  JsonNode account() {
    StoreRecord record = store.read(ACCOUNT + "/account.json").block();
    return JsonMapper.shared().readTree(record.content());
  }

  /** The truth's key is the stored one, and nothing is half done. */
  void assertKeyIsStored() {
    JsonNode account = account();
    String key = account.path("key").asString("");
    assertThat(account.path("pendingKey").isMissingNode()).as("no rollover is pending").isTrue();
    assertThat(ca.truth().accountWithKey(key)).as("the stored key is an account's").isPresent();
    assertThat(stored(ACCOUNT + "/keys")).contains(ACCOUNT + "/keys/" + key + ".pem");
  }
}
