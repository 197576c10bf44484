package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountUpdate;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.Status;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the library is for: an account whose key changes in the middle of its use. */
interface MissionContract extends ServerUnderTest {
  int RUNS = 50;
  int RESTARTS = 10;

  @Test
  default void fiftyRunsStraightAfterEachOtherNeitherFailNorWait() {
    Node node = open();

    Flux.range(1, RUNS).concatMap(run -> run(node.client, run)).blockLast(PATIENCE);

    System.out.println("    " + server().title() + ", " + RUNS + " runs: " + node.seen.summary());
    assertNothingFailed(node);
    assertThat(node.seen.count(AcmeOperation.NEW_ACCOUNT)).isEqualTo(1);
    assertThat(node.seen.count(AcmeOperation.UPDATE_ACCOUNT)).isEqualTo(2L * RUNS);
    if (replicasLag()) {
      return;
    }
    assertThat(node.seen.count(AcmeOperation.KEY_CHANGE)).isEqualTo(RUNS);
    assertThat(node.seen.tries())
        .as("every request but those refused is an operation")
        .isEqualTo(node.seen.operations().size() + node.seen.refused() + node.seen.badNonces());
    assertThat(node.sleeps()).isEmpty();
  }

  @Test
  default void aProgramStartedAnewForEachRunDoesNotFailEither() {
    AcmeStore store = MemoryStore.create();
    List<Node> nodes = new ArrayList<>();

    for (int i = 1; i <= RESTARTS; i++) {
      Node node = open(store);
      nodes.add(node);
      await(run(node.client, i));
    }

    assertThat(nodes).allSatisfy(this::assertNothingFailed);
    if (!replicasLag()) {
      assertThat(nodes).allSatisfy(node -> assertThat(node.sleeps()).isEmpty());
    }
    Account shown = await(open(store).client.findAccount().flatMap(AcmeAccount::details));
    assertThat(shown.status()).isEqualTo(Status.VALID);
    if (!replicasLag() && !shown.contacts().isEmpty()) { // some servers never show them
      assertThat(shown.contacts()).containsExactly("mailto:" + contact(RESTARTS));
    }
  }

  /** A late replica does not say at once that a rollover was done: it is asked again. */
  private void assertNothingFailed(Node node) {
    assertThat(node.seen.failed())
        .filteredOn(
            ended ->
                !replicasLag()
                    || (ended.operation() != AcmeOperation.KEY_CHANGE
                        && ended.operation() != AcmeOperation.FIND_ACCOUNT))
        .isEmpty();
  }

  private static String contact(int run) {
    return "run" + run + "@certflux-test.com";
  }

  /** The stored account and its details, or a new one → contacts → terms → another key. */
  private static Mono<AcmeAccount> run(AcmeClient client, int run) {
    AccountUpdate contact = AccountUpdate.contact(contact(run));
    return client
        .findAccount()
        .flatMap(found -> found.details().thenReturn(found))
        .switchIfEmpty(Mono.defer(() -> client.account(request())))
        .flatMap(
            account ->
                account
                    .update(contact)
                    .then(account.update(AccountUpdate.agreement()))
                    .then(account.rollOver(KeyType.EC_P256))
                    .thenReturn(account));
  }
}
