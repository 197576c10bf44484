package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.failure;
import static io.github.certflux.contract.ServerUnderTest.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeOrder;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Authorizations one at a time (RFC 8555 §7.4.1, §7.5), on every server. */
interface AuthorizationContract extends ServerUnderTest {

  @Test
  default void anOrdersAuthorizationsAreReadInItsOrder() {
    AcmeAccount account = account(open());
    AcmeOrder order =
        await(account.order(OrderRequest.of(name("read-a"), "*." + name("read-b"), address())));

    List<Authorization> all = order.authorizations().collectList().block(PATIENCE);

    assertThat(all)
        .extracting(Authorization::url)
        .containsExactlyElementsOf(order.state().authorizations());
    assertThat(all)
        .extracting(a -> a.identifier().value())
        .containsExactlyInAnyOrder(name("read-a"), name("read-b"), address());
    assertThat(all)
        .filteredOn(Authorization::wildcard)
        .singleElement()
        .satisfies(
            wildcard ->
                assertThat(wildcard.challenges())
                    .extracting(Challenge::type)
                    .contains(Challenge.DNS_01));
    assertThat(await(account.authorization(all.get(0).url())).identifier())
        .isEqualTo(all.get(0).identifier());
  }

  @Test
  default void challengesOfEveryTypeAreShown() {
    AcmeOrder order = await(account(open()).order(OrderRequest.of(name("types"))));

    Authorization only = order.authorizations().blockFirst(PATIENCE);

    assertThat(only.challenges())
        .extracting(Challenge::type)
        .containsExactlyInAnyOrderElementsOf(challengeTypes());
    assertThat(only.challenges()).extracting(Challenge::status).containsOnly(Status.PENDING);
  }

  @Test
  default void anAuthorizationThatIsGivenUpIsNotUsedAgain() {
    AcmeAccount account = account(open());
    OrderRequest request = OrderRequest.of(name("given-up"));
    await(account.issue(request));
    URI url = await(account.order(request)).state().authorizations().get(0);

    Authorization given = await(account.deactivateAuthorization(url));
    AcmeOrder order = await(account.order(request));

    assertThat(given.status()).isEqualTo(Status.DEACTIVATED);
    assertThat(order.state().authorizations()).doesNotContain(url);
  }

  @Test
  default void aServerWithoutPreAuthorizationIsNotAskedForOne() {
    Node node = open();
    AcmeAccount account = account(node);
    int before = node.seen.tries();

    failure(AcmeNotOfferedException.class, account.preAuthorize(name("early")));

    assertThat(node.seen.tries()).isEqualTo(before);
    assertThat(node.seen.count(AcmeOperation.NEW_AUTHORIZATION)).isZero();
  }
}
