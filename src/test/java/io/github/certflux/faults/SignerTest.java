package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AccountSigner;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeClientBuilder;
import io.github.certflux.ExternalAccountBinding;
import io.github.certflux.OrderRequest;
import io.github.certflux.TestKms;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeSignerException;
import io.github.certflux.protocol.AcmeTransportException;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import io.github.certflux.testca.FaultRule;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.PublisherProbe;

/** Account keys in a KMS, whose signatures take 20 ms; virtual time. */
class SignerTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final String MAC_KEY = "m".repeat(43);
  private static final AccountRequest REQUEST = AccountRequest.create().agreeToTerms();

  private final VirtualWorld world = new VirtualWorld(17, ca -> ca.fronts(3));
  private final TestKms kms = new TestKms(Schedulers.immediate(), this::slowly);

  @Test
  void anAccountOfASignerWorksAsAnyOther() {
    AcmeAccount account = await(client().build().account(REQUEST.withSigner(signer())));

    assertThat(await(account.issue(OrderRequest.of("a.example.org"))).chain()).isNotEmpty();
    assertThat(await(account.deactivate()).url()).isEqualTo(account.url());
  }

  @Test
  void aKeyMovesIntoTheKmsThereAndOutOfItAtOnce() {
    AcmeAccount account = await(client().build().account(REQUEST));
    AccountSigner one = signer();
    AccountSigner other = signer();

    for (AccountSigner next : List.of(one, other)) {
      await(account.rollOver(next));
      await(Flux.range(0, 6).flatMap(i -> account.details()).last());
      assertThat(keyRecord()).doesNotContain("PRIVATE KEY");
    }
    assertThat(keyRecord())
        .startsWith("Reference: " + other.reference() + "\n-----BEGIN PUBLIC KEY-----\n");
    await(account.rollOver(KeyType.EC_P256));
    await(Flux.range(0, 6).flatMap(i -> account.details()).last());

    world.pass(Duration.ofMinutes(1));
    world.assertKeyIsStored();
    assertThat(world.stored(VirtualWorld.ACCOUNT + "/keys")).hasSize(1);
    assertThat(keyRecord()).startsWith("-----BEGIN PRIVATE KEY-----");
  }

  @Test
  void aRestartedProgramFindsItsKeyByItsReferenceAlsoInAWindow() {
    AcmeAccount before = await(client().build().account(REQUEST.withSigner(signer())));
    await(before.rollOver(signer()));

    AcmeAccount after = await(client().build().findAccount());

    assertThat(await(Flux.range(0, 9).flatMap(i -> after.details()).count())).isEqualTo(9);
    assertThat(keyThumbprints()).as("keys of the window").isEqualTo(2);
  }

  @Test
  void aRolloverToASignerIsFinishedByTheNextStart() {
    AcmeClient first = client().limits(impatient()).build();
    AcmeAccount account = await(first.account(REQUEST));
    FaultRule down =
        world.ca.faults().on(Endpoint.KEY_CHANGE).always().then(Fault.serverInternal());
    world.failure(account.rollOver(signer()), LONG);
    assertThat(world.account().path("pendingKey").isMissingNode()).isFalse();
    world.close(first);
    down.remove();

    AcmeAccount found = await(client().build().findAccount());
    world.pass(Duration.ofMinutes(1));

    world.assertKeyIsStored();
    assertThat(keyRecord()).startsWith("Reference: ");
    assertThat(await(found.details()).url()).isEqualTo(account.url());
  }

  @Test
  void accountsOfSignersAreImported() {
    AccountSigner signer = signer();
    AcmeAccount made = await(client().build().account(REQUEST.withSigner(signer)));
    AcmeClient client = client().build();

    AcmeAccount byUrl = await(client.importAccount("by-url", made.url(), signer));
    AcmeAccount byKey = await(client.importAccount("by-key", signer));

    assertThat(byUrl.url()).isEqualTo(made.url()).isEqualTo(byKey.url());
    assertThat(world.await(client.importAccount("unknown", signer()), LONG)).isNull();
    assertThat(world.failure(client.importAccount("no", made.url(), signer()), LONG))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(world.stored("")).noneMatch(path -> path.contains("/no/"));
  }

  @Test
  void aSignersKeyIsBoundToAnExternalAccount() {
    VirtualWorld strict = new VirtualWorld(18, ca -> ca.externalAccount("kid", MAC_KEY));
    kms.signs(signature -> signature);

    AcmeClient client = strict.client().signers(kms::find).build();
    strict.await(
        client.account(
            REQUEST
                .withSigner(signer())
                .withExternalAccount(ExternalAccountBinding.of("kid", MAC_KEY))),
        LONG);

    assertThat(strict.ca.truth().accounts()).hasSize(1);
    strict.assertKeyIsStored();
  }

  @TestFactory
  Stream<DynamicTest> aSignerThatIsNotFoundIsNamed() {
    return Stream.of("destroyed", "another key", "unreachable", "slow")
        .map(
            why ->
                DynamicTest.dynamicTest(
                    why,
                    () -> {
                      SignerTest fresh = new SignerTest();
                      fresh.assertNotFound(why);
                    }));
  }

  private void assertNotFound(String why) {
    AccountSigner signer = signer();
    await(client().build().account(REQUEST.withSigner(signer)));
    AcmeClientBuilder next = client();
    switch (why) {
      case "destroyed" -> kms.destroy(signer.reference());
      case "another key" -> kms.replace(signer.reference(), world.newKey());
      case "unreachable" -> next.signers(reference -> Mono.error(new IllegalStateException("no")));
      default -> next.signers(reference -> Mono.never());
    }
    long began = world.millis();

    Throwable error = world.failure(next.build().findAccount(), LONG);

    assertSigner(error, signer, AcmeOperation.SIGN);
    assertThat(world.millis() - began).isLessThanOrEqualTo(why.equals("slow") ? 10_010 : 10);
    assertThat(world.account().path("url").asString("")).isNotEmpty();
  }

  @Test
  void aReplacedKeyThatIsGoneKeepsNobodyFromStarting() {
    AccountSigner replaced = signer();
    AcmeAccount before = await(client().build().account(REQUEST.withSigner(replaced)));
    await(before.rollOver(KeyType.EC_P256));
    kms.destroy(replaced.reference());

    AcmeAccount after = await(client().build().findAccount());

    assertThat(await(after.details()).url()).isEqualTo(before.url());
    world.pass(Duration.ofMinutes(1));
    assertThat(world.stored(VirtualWorld.ACCOUNT + "/keys")).hasSize(1);
  }

  @TestFactory
  Stream<DynamicTest> aSignatureThatIsNoneSendsNothingAndCostsNoNonceAndNoPlace() {
    Map<String, UnaryOperator<Mono<byte[]>>> ways =
        Map.of(
            "fails", s -> Mono.error(new IllegalStateException("throttled")),
            "is refused", s -> refuse(),
            "is none", s -> Mono.empty(),
            "never comes", s -> Mono.never(),
            "is too short", s -> s.map(made -> Arrays.copyOf(made, 63)),
            "is in DER", s -> s.map(made -> new byte[71]),
            "is another's",
                s ->
                    s.map(
                        made -> {
                          byte[] wrong = made.clone();
                          wrong[40] ^= 1;
                          return wrong;
                        }));
    return ways.entrySet().stream()
        .map(
            way ->
                DynamicTest.dynamicTest(
                    way.getKey(),
                    () -> {
                      SignerTest fresh = new SignerTest();
                      fresh.assertNothingSent(way.getValue());
                    }));
  }

  @Test
  void aSignatureThatIsNoneDoesNotHideThatAnEarlierTryMayBeDone() {
    AcmeAccount account = await(client().build().account(REQUEST.withSigner(signer())));
    world.ca.faults().on(Endpoint.NEW_ORDER).then(Fault.loseAnswer());
    AtomicInteger signatures = new AtomicInteger();
    kms.signs(
        signature ->
            signatures.getAndIncrement() == 0
                ? signature
                : Mono.error(new IllegalStateException("throttled")));

    Throwable error = world.failure(account.order(OrderRequest.of("a.example.org")), LONG);

    assertThat(world.ca.truth().orders()).hasSize(1);
    assertThat(error).isInstanceOf(AcmeTransportException.class);
    assertThat(((AcmeException) error).outcomeUnknown()).isTrue();
    assertThat(error.getSuppressed()).singleElement().isInstanceOf(AcmeSignerException.class);
  }

  private static Mono<byte[]> refuse() {
    throw new UnsupportedOperationException("no such key");
  }

  private void assertNothingSent(UnaryOperator<Mono<byte[]>> way) {
    AccountSigner signer = signer();
    AcmeAccount account =
        await(client().maxInFlight(1).build().account(REQUEST.withSigner(signer)));
    world.ca.requests().clear();
    kms.signs(way);
    long began = world.millis();

    Throwable error = world.failure(account.details(), LONG);

    assertSigner(error, signer, AcmeOperation.ACCOUNT);
    assertThat(((AcmeException) error).outcomeUnknown()).isFalse();
    assertThat(world.millis() - began).isLessThanOrEqualTo(10_010);
    assertThat(world.ca.requests().total()).isZero();
    kms.signs(this::slowly);
    await(account.details());
    assertThat(world.ca.requests().total()).isEqualTo(1);
  }

  @Test
  void aSignerHasTheTimeThatTheClientGivesIt() {
    RetryLimits hasty = RetryLimits.defaults().withSignerTime(Duration.ofSeconds(2));
    AccountSigner signer = signer();
    AcmeAccount account = await(client().limits(hasty).build().account(REQUEST.withSigner(signer)));
    kms.signs(s -> Mono.never());
    long began = world.millis();

    Throwable error = world.failure(account.details(), LONG);

    assertSigner(error, signer, AcmeOperation.ACCOUNT);
    assertThat(world.millis() - began).isBetween(2_000L, 2_010L);
  }

  @Test
  void whoeverCancelsCancelsTheSignature() {
    AcmeAccount account =
        await(client().maxInFlight(1).build().account(REQUEST.withSigner(signer())));
    world.ca.requests().clear();
    PublisherProbe<byte[]> signature = PublisherProbe.of(Mono.never());
    kms.signs(s -> signature.mono());

    Disposable subscription = account.details().subscribe();
    signature.assertWasSubscribed();
    subscription.dispose();

    signature.assertWasCancelled();
    kms.signs(this::slowly);
    await(account.details());
    assertThat(world.ca.requests().total()).isEqualTo(1);
  }

  @Test
  void aSignerThatTheNextStartWouldNotFindIsNotTaken() {
    AccountSigner signer = signer();
    AcmeClient client = world.client().build();

    Throwable made = world.failure(client.account(REQUEST.withSigner(signer)), LONG);

    assertSigner(made, signer, AcmeOperation.SIGN);
    assertThat(made).hasMessageContaining("AcmeClientBuilder.signers");
    assertThat(world.stored("")).isEmpty();
    AcmeAccount account = await(client.account(REQUEST));
    assertSigner(world.failure(account.rollOver(signer), LONG), signer, AcmeOperation.SIGN);
    world.assertKeyIsStored();
    assertThat(keyThumbprints()).isEqualTo(1);
    assertThat(world.ca.requests().count(Endpoint.KEY_CHANGE)).isZero();
  }

  @Test
  void aSignerThatCannotSignIsNotTaken() {
    kms.signs(signature -> Mono.error(new IllegalStateException("no permission to sign")));
    AccountSigner signer = signer();

    Throwable error = world.failure(client().build().account(REQUEST.withSigner(signer)), LONG);

    assertSigner(error, signer, AcmeOperation.SIGN);
    assertThat(error).hasRootCauseMessage("no permission to sign");
    assertThat(world.stored("")).isEmpty();
  }

  @Test
  void aNewKeyThatDoesNotSignTheKeyChangeIsGivenUp() {
    AcmeAccount account = await(client().build().account(REQUEST));
    AtomicInteger signatures = new AtomicInteger();
    kms.signs(
        signature ->
            signatures.getAndIncrement() == 0
                ? signature
                : Mono.error(new IllegalStateException("throttled")));
    AccountSigner signer = signer();

    Throwable error = world.failure(account.rollOver(signer), LONG);

    assertSigner(error, signer, AcmeOperation.KEY_CHANGE);
    assertThat(world.ca.requests().count(Endpoint.KEY_CHANGE)).isZero();
    world.assertKeyIsStored();
    assertThat(keyThumbprints()).isEqualTo(1);
    assertThat(await(account.details()).url()).isEqualTo(account.url());
  }

  @Test
  void aReferenceIsOneLineOfTextThatCanBeWritten() {
    for (String reference : List.of("a\nKey: b", "kms:\ud800", "\udc00\ud800")) {
      assertNoReference(reference);
    }
  }

  private void assertNoReference(String reference) {
    AccountSigner signer = AccountSigner.of(reference, world.newKey(), Schedulers.immediate());

    assertThat(world.failure(client().build().account(REQUEST.withSigner(signer)), LONG))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(world.stored("")).isEmpty();
  }

  private static void assertSigner(Throwable error, AccountSigner signer, AcmeOperation what) {
    assertThat(error)
        .isInstanceOfSatisfying(
            AcmeSignerException.class,
            failed -> {
              assertThat(failed.reference()).isEqualTo(signer.reference());
              assertThat(failed.operation()).isEqualTo(what);
              assertThat(failed).hasMessageContaining(signer.reference());
            });
  }

  private Mono<byte[]> slowly(Mono<byte[]> signature) {
    return signature.delaySubscription(Duration.ofMillis(20), world.time);
  }

  private AcmeClientBuilder client() {
    return world.client().signers(kms::find);
  }

  private static RetryLimits impatient() {
    return RetryLimits.defaults().withTries(1).withOperationTime(Duration.ofSeconds(5));
  }

  private AccountSigner signer() {
    return kms.keep(world.newKey());
  }

  private <T> T await(Mono<T> work) {
    return Objects.requireNonNull(world.await(work, LONG));
  }

  private int keyThumbprints() {
    return world.stored(VirtualWorld.ACCOUNT + "/keys").size();
  }

  /** The record of the account's key. */
  private String keyRecord() {
    String key = world.account().path("key").asString("");
    return Objects.requireNonNull(
            world.store.read(VirtualWorld.ACCOUNT + "/keys/" + key + ".pem").block())
        .text();
  }
}
