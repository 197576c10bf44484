package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.complete;
import static io.github.certflux.contract.ServerUnderTest.failure;
import static io.github.certflux.contract.ServerUnderTest.key;
import static io.github.certflux.contract.ServerUnderTest.name;
import static io.github.certflux.contract.ServerUnderTest.problem;
import static io.github.certflux.contract.ServerUnderTest.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.AccountUpdate;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeOrder;
import io.github.certflux.Certificate;
import io.github.certflux.CsrSource;
import io.github.certflux.KeyRollover;
import io.github.certflux.OrderRequest;
import io.github.certflux.internal.Keys;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.Problem;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.protocol.RevocationReason;
import io.github.certflux.protocol.RolloverPolicy;
import io.github.certflux.protocol.Status;
import io.github.certflux.store.MemoryStore;
import java.net.URI;
import java.security.KeyPair;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Key rollover (RFC 8555 §7.3.5), on every server. */
interface RolloverContract extends ServerUnderTest {

  @ParameterizedTest
  @CsvSource({"EC_P256, EC_P256", "EC_P256, EC_P384", "RSA_2048, EC_P256", "EC_P256, RSA_2048"})
  default void everyOperationFollowsARolloverAtOnce(KeyType from, KeyType to) {
    Node node = open();
    AcmeAccount account = await(node.client.account(request().withKeyType(from)));

    KeyRollover done = await(account.rollOver(to));

    assertThat(done.account()).isEqualTo(account.url());
    assertThat(done.keyType()).isEqualTo(to);
    assertThat(done.replaced()).isNotEqualTo(done.thumbprint());
    everyOperationIsDone(account);
  }

  private static void everyOperationIsDone(AcmeAccount account) {
    assertThat(await(account.details()).status()).isEqualTo(Status.VALID);
    await(account.update(AccountUpdate.contact("after@certflux-test.com")));
    await(account.update(AccountUpdate.agreement()));
    AcmeOrder order = await(account.order(OrderRequest.of(name("after-rollover"))));
    await(order.refresh());
    AcmeOrder resumed = await(account.order(order.url()));
    AcmeOrder unwanted = await(account.order(OrderRequest.of(name("unwanted"))));
    URI unused = unwanted.state().authorizations().get(0);
    assertThat(await(account.deactivateAuthorization(unused)).status())
        .isEqualTo(Status.DEACTIVATED);
    AcmeOrder ready = await(resumed.authorize());
    Certificate certificate = await(ready.finalizeWith(CsrSource.newKey(KeyType.EC_P256)));
    complete(account.revoke(certificate, RevocationReason.SUPERSEDED));
    assertThat(await(account.deactivate()).status()).isEqualTo(Status.DEACTIVATED);
  }

  /** In a window it might be a front end that is late, and is tried until its nonces tell. */
  @ParameterizedTest
  @EnumSource(RolloverPolicy.class)
  default void aMalformedRequestFailsInTheServersOwnWords(RolloverPolicy policy) {
    Node node = open(MemoryStore.create(), RetryLimits.defaults().withRolloverPolicy(policy));
    AcmeAccount account = account(node);

    Problem outside = problem(account.order(malformed())).problem();

    assertThat(outside.is("malformed")).isTrue();
    assertThat(node.seen.answered(AcmeOperation.NEW_ORDER, "malformed")).isEqualTo(1);
    assertThat(node.seen.count(AcmeOperation.FIND_ACCOUNT)).isLessThanOrEqualTo(1);

    await(account.rollOver(KeyType.EC_P256));
    long before = node.seen.tries(AcmeOperation.NEW_ORDER);
    Problem inside = problem(account.order(malformed())).problem();

    assertThat(inside.detail()).isEqualTo(outside.detail());
    assertThat(node.seen.tries(AcmeOperation.NEW_ORDER) - before).isLessThanOrEqualTo(60);
    assertThat(node.seen.windowsEnded()).as("rollover windows that are over").isZero();
  }

  @Test
  default void rolloversBackToBackLoseNoOperation() {
    Node node = open();
    AcmeAccount account = account(node);
    OrderRequest request = OrderRequest.of(name("back-to-back"));

    Flux.range(0, 6)
        .concatMap(
            i ->
                account
                    .rollOver(i % 2 == 0 ? KeyType.EC_P384 : KeyType.EC_P256)
                    .then(account.details())
                    .then(account.update(AccountUpdate.contact("n" + i + "@certflux-test.com")))
                    .then(account.order(request))
                    .flatMap(AcmeOrder::refresh)
                    .then(account.update(AccountUpdate.agreement())))
        .blockLast(PATIENCE);

    assertThat(node.seen.count(AcmeOperation.KEY_CHANGE)).isGreaterThanOrEqualTo(6);
    System.out.println("    " + server().title() + ", back to back: " + node.seen.summary());
  }

  @Test
  default void operationsUnderWayDuringARolloverDoNotFail() {
    Node node = open();
    AcmeAccount account = account(node);
    Mono<KeyRollover> rollover = account.rollOver(KeyType.EC_P256);

    Long read =
        Flux.range(0, 120)
            .flatMap(i -> i % 40 == 20 ? rollover.then(account.details()) : account.details(), 4)
            .count()
            .block(PATIENCE);

    assertThat(read).isEqualTo(120);
    assertThat(node.seen.failed()).noneMatch(e -> e.operation() == AcmeOperation.ACCOUNT);
  }

  @Test
  default void rolloversAskedForTogetherAreDoneOneAfterTheOther() {
    Node node = open();
    AcmeAccount account = account(node);

    Flux.range(0, 3)
        .flatMap(i -> account.rollOver(KeyType.EC_P256))
        .collectList()
        .map(all -> all.stream().map(KeyRollover::thumbprint).distinct().count())
        .as(count -> assertThat(await(count)).isEqualTo(3));

    assertThat(await(account.details()).status()).isEqualTo(Status.VALID);
  }

  @Test
  default void aKeyOfOnesOwnBecomesTheAccountsKey() {
    Node node = open();
    AcmeAccount account = account(node);
    KeyPair mine = key(KeyType.EC_P384);

    KeyRollover done = await(account.rollOver(mine));
    URI found =
        ServerUnderTest.valueInTheEnd(
            open()
                .client
                .importAccount("default", account.url(), mine)
                .map(AcmeAccount::url)
                .onErrorResume(IllegalArgumentException.class, early -> Mono.empty()));

    assertThat(done.keyType()).isEqualTo(KeyType.EC_P384);
    assertThat(found).isEqualTo(account.url());
    everyOperationIsDone(account);
  }

  @Test
  default void aKeyMovesIntoAKmsThereAndOutOfIt() {
    Node before = open();
    AcmeAccount account = account(before);
    await(account.rollOver(before.kms.keep(key(KeyType.EC_P256))));
    await(account.rollOver(before.kms.keep(key(KeyType.RSA_2048))));
    await(account.details());

    Node after = open(before.store);
    AcmeAccount found = await(after.client.findAccount());
    await(found.issue(OrderRequest.of(name("signed-in-a-kms"))));
    await(found.rollOver(KeyType.EC_P384));
    Flux.range(0, 8).concatMap(i -> found.details()).blockLast(PATIENCE);

    assertThat(found.url()).isEqualTo(account.url());
    assertThat(after.seen.failed()).noneMatch(e -> e.operation() == AcmeOperation.ACCOUNT);
  }

  @Test
  default void aProgramRestartedAfterARolloverGoesStraightOn() {
    Node before = open();
    AcmeAccount account = account(before);
    await(account.rollOver(KeyType.EC_P256));

    Node after = open(before.store);
    AcmeAccount found = await(after.client.findAccount());
    Flux.range(0, 8).concatMap(i -> found.details()).blockLast(PATIENCE);
    await(found.rollOver(KeyType.EC_P256));
    Flux.range(0, 8).concatMap(i -> found.details()).blockLast(PATIENCE);

    assertThat(after.seen.failed()).noneMatch(e -> e.operation() == AcmeOperation.ACCOUNT);
  }

  @Test
  default void anotherProgramOnTheSameStoreFollowsARollover() {
    Node one = open();
    Node other = open(one.store);
    AcmeAccount account = account(one);
    AcmeAccount same = await(other.client.findAccount());
    await(same.details());

    await(account.rollOver(KeyType.EC_P256));
    Flux.range(0, 8).concatMap(i -> same.details()).blockLast(PATIENCE);
    await(same.rollOver(KeyType.EC_P256));
    Flux.range(0, 8).concatMap(i -> account.details()).blockLast(PATIENCE);
  }

  @Test
  default void theKeyOfAnotherAccountIsRefusedAndTheOldOneStays() {
    KeyPair taken = key(KeyType.EC_P256);
    AcmeAccount other = await(open().client.account(request().withKey(taken)));
    Node node = open();
    AcmeAccount account = account(node);

    AcmeException error = failure(AcmeException.class, account.rollOver(taken));

    if (tellsOfTakenKeys()) {
      assertThat(error).isInstanceOf(AcmeProblemException.class);
      // 404 where the replica that is asked whose it is does not know it yet
      assertThat(((AcmeProblemException) error).status()).isIn(409, 404);
    } else {
      assertThat(error)
          .isInstanceOf(AcmeProtocolException.class)
          .hasMessageContaining(other.url().toString());
    }
    assertThat(await(account.details()).url()).isEqualTo(account.url());
    assertThat(await(other.details()).url()).isEqualTo(other.url());
    await(account.rollOver(KeyType.EC_P256));
    assertThat(await(account.details()).url()).isEqualTo(account.url());
  }

  @Test
  default void theKeyThatTheAccountHasIsNoNewKey() {
    KeyPair key = key(KeyType.EC_P256);
    AcmeAccount account = await(open().client.account(request().withKey(key)));

    assertThatThrownBy(() -> account.rollOver(key).block(PATIENCE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(await(account.details()).status()).isEqualTo(Status.VALID);
  }

  @Test
  default void backToAFormerKeyIsARolloverLikeAnyOther() {
    KeyPair first = key(KeyType.EC_P256);
    Node node = open();
    AcmeAccount account = await(node.client.account(request().withKey(first)));
    KeyPair second = key(KeyType.EC_P256);

    await(account.rollOver(second));
    await(account.rollOver(first));

    assertThat(await(account.details()).status()).isEqualTo(Status.VALID);
    // A replica that is late may still show the second key; that it is gone, all must say.
    AcmeClient asking = open(MemoryStore.create()).client;
    AtomicInteger asked = new AtomicInteger();
    Mono<Boolean> gone =
        Mono.defer(() -> asking.importAccount("n" + asked.incrementAndGet(), account.url(), second))
            .map(imported -> false)
            .onErrorReturn(IllegalArgumentException.class, true);
    Boolean goneEverywhere =
        gone.repeatWhen(again -> again.delayElements(LOOK))
            .buffer(6, 1)
            .any(six -> !six.contains(false))
            .block(PATIENCE);
    assertThat(goneEverywhere).isTrue();
    assertThat(await(open(node.store).client.findAccount()).url()).isEqualTo(account.url());
    assertThat(Keys.check(first)).isNotNull();
  }
}
