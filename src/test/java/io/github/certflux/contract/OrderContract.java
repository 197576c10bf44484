package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.failure;
import static io.github.certflux.contract.ServerUnderTest.name;
import static io.github.certflux.contract.ServerUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeOrder;
import io.github.certflux.Certificate;
import io.github.certflux.CsrSource;
import io.github.certflux.IssueEvent;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Status;
import io.github.certflux.store.MemoryStore;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Orders (RFC 8555 §7.4), on every server. */
interface OrderContract extends ServerUnderTest {

  @Test
  default void anOrderIsShownAsItWasAsked() {
    AcmeAccount account = account(open());
    String[] names = {name("one"), name("two"), name("three")};

    AcmeOrder order = await(account.order(OrderRequest.of(names)));
    Order state = await(order.refresh());

    assertThat(state.url()).isEqualTo(order.url());
    assertThat(state.status()).isEqualTo(Status.PENDING);
    assertThat(state.identifiers()).extracting(Identifier::value).containsExactlyInAnyOrder(names);
    assertThat(state.authorizations()).hasSize(3);
    assertThat(state.expires()).hasValueSatisfying(e -> assertThat(e).isAfter(Instant.now()));
  }

  @Test
  default void aNewOrderCanBeReadAtOnceAndByAnyFrontEnd() {
    AcmeAccount account = account(open());

    List<AcmeOrder> orders =
        Flux.range(0, 9)
            .concatMap(i -> account.order(OrderRequest.of(name("early" + i))))
            .concatMap(order -> order.refresh().thenReturn(order))
            .collectList()
            .block(PATIENCE);

    assertThat(orders).hasSize(9);
  }

  @Test
  default void aCertificateForSeveralNamesIsIssuedStepByStep() {
    AcmeAccount account = account(open());
    String[] names = {name("first"), name("second"), name("deep.down.third")};

    List<IssueEvent> events =
        account.issueEvents(OrderRequest.of(names)).collectList().block(PATIENCE);

    assertThat(events)
        .extracting(IssueEvent::kind)
        .startsWith(IssueEvent.Kind.ORDERED)
        .containsSubsequence(
            IssueEvent.Kind.PRESENTED,
            IssueEvent.Kind.TRIGGERED,
            IssueEvent.Kind.READY,
            IssueEvent.Kind.FINALIZED,
            IssueEvent.Kind.ISSUED);
    Certificate certificate = events.get(events.size() - 1).certificate().orElseThrow();
    assertThat(Pki.names(certificate)).containsExactlyInAnyOrder(names);
    Pki.verify(certificate, server().root());
  }

  @Test
  default void aWildcardAndItsApexComeInOneCertificate() {
    AcmeAccount account = account(open());
    String apex = name("apex");

    Certificate certificate = await(account.issue(OrderRequest.of(apex, "*." + apex)));

    assertThat(Pki.names(certificate)).containsExactlyInAnyOrder(apex, "*." + apex);
    Pki.verify(certificate, server().root());
  }

  @Test
  default void aCertificateForANameAndAnAddressIsIssued() {
    AcmeAccount account = account(open());
    String name = name("address");

    Certificate certificate = await(account.issue(OrderRequest.of(name, address())));

    assertThat(Pki.names(certificate)).containsExactlyInAnyOrder(name, address());
    Pki.verify(certificate, server().root());
  }

  @Test
  default void aNameInUnicodeIsOrderedInALabels() {
    AcmeAccount account = account(open());

    AcmeOrder order = await(account.order(OrderRequest.of("Bücher." + name("idn"))));

    assertThat(order.state().identifiers())
        .containsExactly(Identifier.dns("xn--bcher-kva." + name("idn")));
  }

  @Test
  default void aRestartedProgramTakesUpAnOrderWhereItStood() {
    Node first = open();
    OrderRequest request = OrderRequest.of(name("resumed"));
    URI url = await(account(first).order(request)).url();

    Node second = open(first.store);
    AcmeAccount account = await(second.client.findAccount());
    AcmeOrder ready = await(account.order(url).flatMap(AcmeOrder::authorize));
    CsrSource key = CsrSource.key(ServerUnderTest.key(KeyType.EC_P256));
    Certificate certificate = await(ready.finalizeWith(key));

    Node third = open(first.store);
    AcmeOrder valid = await(third.client.findAccount().flatMap(found -> found.order(url)));
    if (!replicasLag()) { // a late one shows it as it was before it was finalized
      assertThat(valid.state().status()).isEqualTo(Status.VALID);
    }
    assertThat(await(valid.finalizeWith(key)).chain()).isEqualTo(certificate.chain());
  }

  @Test
  default void aProfileIsObeyed() {
    Node node = open();
    AcmeAccount account = account(node);

    AcmeOrder order =
        await(account.order(OrderRequest.of(name("short")).withProfile("shortlived")));
    Certificate certificate =
        await(
            order
                .authorize()
                .flatMap(ready -> ready.finalizeWith(CsrSource.newKey(KeyType.EC_P256))));
    long orders = node.seen.count(AcmeOperation.NEW_ORDER);
    AcmeNotOfferedException unknown =
        failure(
            AcmeNotOfferedException.class,
            account.order(OrderRequest.of(name("short")).withProfile("no-such-profile")));

    assertThat(order.state().profile()).contains("shortlived");
    assertThat(certificate.notAfter()).isBefore(Instant.now().plus(Duration.ofDays(8)));
    assertThat(unknown.getMessage()).contains("no-such-profile", "shortlived");
    assertThat(node.seen.count(AcmeOperation.NEW_ORDER)).isEqualTo(orders);
  }

  @Test
  default void namesThatTheServerRefusesAreNamed() {
    AcmeAccount account = account(open());
    String refused = refusedName();
    OrderRequest both = OrderRequest.of("a." + refused, name("good"), "b." + refused);

    AcmeProblemException problem = problem(account.order(both));

    assertThat(problem.problem().name()).isEqualTo("rejectedIdentifier");
    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.advice()).isNotEmpty();
    assertThat(problem.problem().subproblems())
        .isNotEmpty()
        .allMatch(sub -> sub.is(refusal()))
        .allMatch(sub -> sub.identifier().orElseThrow().value().endsWith(refused));
  }

  @Test
  default void timesOfValidityAreTakenOrRefused() {
    AcmeAccount account = account(open());
    Instant start = Instant.now().plus(Duration.ofDays(1)).truncatedTo(ChronoUnit.SECONDS);
    Instant end = start.plus(Duration.ofDays(7));
    OrderRequest request = OrderRequest.of(name("times"));

    if (takesValidityTimes()) {
      Order order = await(account.order(request.withNotBefore(start).withNotAfter(end))).state();
      assertThat(order.notBefore()).contains(start);
      assertThat(order.notAfter()).contains(end);
    } else {
      for (OrderRequest one : List.of(request.withNotBefore(start), request.withNotAfter(end))) {
        assertThat(problem(account.order(one)).problem().name()).isEqualTo("malformed");
      }
    }
  }

  @Test
  default void anotherAccountsOrderIsNotShown() {
    URI url = await(account(open()).order(OrderRequest.of(name("theirs")))).url();
    AcmeAccount other = account(openImpatient(MemoryStore.create()));

    AcmeProblemException problem =
        problemInTheEnd(
            () ->
                other
                    .order(url)
                    // a replica that is late does not know who asks
                    .onErrorResume(ServerUnderTest::unknownAccount, early -> Mono.empty()));

    assertThat(problem.status()).isIn(403, 404);
  }
}
