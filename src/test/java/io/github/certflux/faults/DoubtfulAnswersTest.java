package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.KeyRollover;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.Status;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** No key is deleted on an answer that does not prove that nobody needs it. */
class DoubtfulAnswersTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final AccountRequest REQUEST = AccountRequest.create().agreeToTerms();
  private static final CaProblem NO = CaProblem.of(403, "unauthorized", "no");

  private final VirtualWorld world = new VirtualWorld(23, ca -> ca.fronts(1));
  private final AcmeClient client = world.client().build();

  // rollovers

  @Test
  void aRolloverThatABusyEdgePassedOnIsDone() {
    AcmeAccount account = await(client.account(REQUEST));
    world.ca.faults().on(Endpoint.KEY_CHANGE).then(passedOn(Duration.ofSeconds(1)));
    world.ca.faults().on(Endpoint.KEY_CHANGE).nth(2).then(Fault.problem(NO));

    await(account.rollOver(KeyType.EC_P256));

    assertThat(world.ca.requests().count(Endpoint.KEY_CHANGE)).isEqualTo(1);
    world.assertKeyIsStored();
  }

  @Test
  void aRolloverThatAnEdgeBusyForLongPassedOnIsRepaired() {
    AcmeAccount account = await(client.account(REQUEST));
    world.ca.faults().on(Endpoint.KEY_CHANGE).then(passedOn(Duration.ofHours(1)));

    assertThat(world.failure(account.rollOver(KeyType.EC_P256), LONG))
        .isInstanceOf(AcmeRateLimitException.class);
    assertThat(await(account.details()).url()).isEqualTo(account.url());
    world.pass(Duration.ofMinutes(1));

    world.assertKeyIsStored();
    assertThat(await(account.details()).url()).isEqualTo(account.url());
  }

  @Test
  void aRolloverThatABusyServerRefusedIsDoneLater() {
    AcmeAccount account = await(client.account(REQUEST));
    world.ca.faults().on(Endpoint.KEY_CHANGE).times(3).then(Fault.unavailable(Duration.ZERO));

    await(account.rollOver(KeyType.EC_P256));

    assertThat(world.ca.requests().count(Endpoint.KEY_CHANGE)).isEqualTo(4);
    world.assertKeyIsStored();
  }

  @Test
  void aRolloverThatTheServerRefusedIsGivenUpAlsoAfterAStaleNonce() {
    AcmeAccount account = await(client.account(REQUEST));
    world.ca.faults().on(Endpoint.KEY_CHANGE).then(Fault.badNonce());
    world.ca.faults().on(Endpoint.KEY_CHANGE).nth(2).then(Fault.problem(NO));

    assertThat(world.failure(account.rollOver(KeyType.EC_P256), LONG))
        .isInstanceOf(AcmeProblemException.class);

    world.assertKeyIsStored();
    assertThat(world.stored(VirtualWorld.ACCOUNT + "/keys")).hasSize(1);
  }

  /** The answer is lost; whatever is sent again, the server does not want this key. */
  @ParameterizedTest
  @ValueSource(strings = {"badPublicKey", "malformed"})
  void aKeyThatTheServerWillNeverTakeIsGivenUpOnceNoRequestCanBeUnderWay(String refusal) {
    AcmeAccount account = await(client.account(REQUEST));
    world.ca.faults().on(Endpoint.KEY_CHANGE).then(Fault.loseAnswer().beforeProcessing());
    world
        .ca
        .faults()
        .on(Endpoint.KEY_CHANGE)
        .always()
        .then(Fault.problem(CaProblem.of(400, refusal, "not this one")));
    Mono<KeyRollover> rollover = account.rollOver(KeyType.EC_P256).cache();
    rollover.subscribe(done -> {}, error -> {});

    world.pass(Duration.ofSeconds(25));
    assertThat(world.stored(VirtualWorld.ACCOUNT + "/keys")).hasSize(2);
    assertThat(world.failure(rollover, LONG))
        .isInstanceOf(AcmeProblemException.class)
        .hasMessageContaining("not this one");
    assertThat(world.stored(VirtualWorld.ACCOUNT + "/keys")).hasSize(1);

    world.ca.faults().clear();
    await(account.rollOver(KeyType.EC_P256));
    world.assertKeyIsStored();
  }

  /** What was done a moment ago, a replica that is late does not show. */
  @Test
  void aKeyChangeThatWaitedLongForItsTurnIsConfirmedByLateReplicas() {
    VirtualWorld late = new VirtualWorld(23, ca -> ca.lags(Duration.ofSeconds(2)));
    AcmeAccount account =
        Objects.requireNonNull(late.await(late.client().build().account(REQUEST), LONG));
    late.pass(Duration.ofSeconds(10));
    late.ca.faults().on(Endpoint.KEY_CHANGE).then(Fault.rateLimited(Duration.ofSeconds(15)));

    assertThat(late.await(account.rollOver(KeyType.EC_P256), LONG)).isNotNull();

    late.assertKeyIsStored();
  }

  /** The URL of an account that is found has a slash, which the one of a new account has not. */
  @Test
  void aServerThatSpellsAccountsInTwoWaysCostsNoKey() {
    AtomicBoolean slash = new AtomicBoolean(true);
    AcmeClient there =
        world
            .client(
                request ->
                    world
                        .ca
                        .transport()
                        .send(request)
                        .map(answer -> slash.get() ? withSlash(answer) : answer))
            .build();
    AcmeAccount account = await(there.account(REQUEST));

    assertThat(world.failure(account.rollOver(KeyType.EC_P256), LONG))
        .isInstanceOf(AcmeProtocolException.class)
        .hasMessageContaining(account.url() + "/");
    assertThat(world.stored(VirtualWorld.ACCOUNT + "/keys")).hasSize(2);
    world.pass(Duration.ofMinutes(1));
    assertThat(await(account.details()).url()).isEqualTo(account.url());

    slash.set(false);
    world.pass(Duration.ofMinutes(1));
    world.assertKeyIsStored();
  }

  private static AcmeResponse withSlash(AcmeResponse answer) {
    String location = answer.location();
    return answer.status() != 200 || location == null
        ? answer
        : new AcmeResponse(
            answer.status(),
            answer.nonce(),
            location + "/",
            answer.retryAfter(),
            answer.date(),
            answer.contentType(),
            answer.links(),
            answer.body());
  }

  // accounts

  @Test
  void anAccountThatABusyEdgeLetBeMadeIsFoundThoughItsSecondTryWasRefused() {
    world.ca.faults().on(Endpoint.NEW_ACCOUNT).then(passedOn(Duration.ofSeconds(1)));
    world.ca.faults().on(Endpoint.NEW_ACCOUNT).nth(2).then(Fault.problem(NO));

    assertThat(world.failure(client.account(REQUEST), LONG))
        .isInstanceOf(AcmeProblemException.class);
    await(client.account(REQUEST));

    assertThat(world.ca.truth().accounts()).hasSize(1);
    world.assertKeyIsStored();
  }

  @Test
  void anAccountThatIsStillShownAsValidKeepsItsKey() {
    AcmeAccount account = await(client.account(REQUEST));
    String valid = "{\"status\":\"valid\"}";
    world.ca.faults().on(Endpoint.ACCOUNT).then(Fault.answer(200, "application/json", valid));

    Throwable error = world.failure(account.deactivate(), LONG);

    assertThat(error)
        .isInstanceOfSatisfying(
            AcmeProtocolException.class,
            shown -> {
              assertThat(shown.came()).contains("valid");
              assertThat(((AcmeException) shown).outcomeUnknown()).isTrue();
            });
    world.assertKeyIsStored();
    assertThat(await(account.deactivate()).status()).isEqualTo(Status.DEACTIVATED);
    assertThat(world.stored("")).isEmpty();
  }

  /** The front end goes on showing the account as valid, and refuses to deactivate it again. */
  @Test
  void aDeactivationWhoseAnswerIsLostIsDone() {
    AcmeAccount account = await(client.account(REQUEST));
    await(account.details()); // now it is in the front end's cache
    world.ca.faults().on(Endpoint.ACCOUNT).then(Fault.loseAnswer());

    Account last = await(account.deactivate());

    assertThat(last.status()).isEqualTo(Status.DEACTIVATED);
    assertThat(world.ca.truth().accounts())
        .allSatisfy(row -> assertThat(row.status()).isEqualTo(Status.DEACTIVATED));
    assertThat(world.stored("")).isEmpty();
  }

  @Test
  void aGatewaysPageDoesNotSayThatAnAccountIsGone() {
    AcmeAccount account = await(client.account(REQUEST));
    Fault page = Fault.gatewayPage(403);
    world.ca.faults().on(Endpoint.ACCOUNT).then(Fault.loseAnswer().beforeProcessing());
    world.ca.faults().on(Endpoint.ACCOUNT).nth(2).then(page);

    assertThat(world.failure(account.deactivate(), LONG)).isInstanceOf(AcmeProtocolException.class);

    world.assertKeyIsStored();
  }

  private static Fault passedOn(Duration retryAfter) {
    return Fault.gatewayUnavailable(retryAfter).afterProcessing();
  }

  private <T> T await(Mono<T> work) {
    return Objects.requireNonNull(world.await(work, LONG));
  }
}
