package io.github.certflux.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeOrder;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeTimeoutException;
import io.github.certflux.protocol.Authorization;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.protocol.Status;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Exchange;
import io.github.certflux.testca.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Authorizations before and without orders (RFC 8555 §7.4.1, §7.5.2), on virtual time. */
class PreAuthorizationTest {
  private static final Duration LONG = Duration.ofMinutes(12);

  private final VirtualWorld world =
      new VirtualWorld(11, ca -> ca.preAuthorization(true).authorizationReuse(true));
  private final AcmeAccount account =
      Objects.requireNonNull(
          world.await(
              world.client().build().account(AccountRequest.create().agreeToTerms()), LONG));

  private Authorization preAuthorized(String name) {
    return Objects.requireNonNull(world.await(account.preAuthorize(name), LONG));
  }

  @Test
  void aNameThatIsAuthorizedBeforeItIsOrderedNeedsNoProofLater() {
    Authorization authorization = preAuthorized("Early.Example.org");
    long triggered = world.ca.requests().count(Endpoint.CHALLENGE);

    assertThat(authorization.status()).isEqualTo(Status.VALID);
    assertThat(authorization.identifier()).isEqualTo(Identifier.dns("early.example.org"));
    assertThat(world.proofs.isClean()).isTrue();
    assertThat(triggered).isEqualTo(1);
    assertThat(world.await(account.issue(OrderRequest.of("early.example.org")), LONG)).isNotNull();
    assertThat(world.ca.requests().count(Endpoint.CHALLENGE)).isEqualTo(triggered);
    assertThat(preAuthorized("early.example.org").url()).isEqualTo(authorization.url());
    assertThat(world.ca.requests().count(Endpoint.CHALLENGE)).isEqualTo(triggered);
  }

  @Test
  void aReplicaThatIsLateIsAskedAgain() {
    VirtualWorld late =
        new VirtualWorld(
            11,
            ca ->
                ca.preAuthorization(true)
                    .lags(Duration.ZERO, Duration.ofSeconds(2), Duration.ofMillis(500)));
    AcmeAccount there =
        Objects.requireNonNull(
            late.await(
                late.client().build().account(AccountRequest.create().agreeToTerms()), LONG));

    for (String name : List.of("a.example.org", "b.example.org", "c.example.org")) {
      Authorization proved = Objects.requireNonNull(late.await(there.preAuthorize(name), LONG));
      assertThat(proved.status()).isEqualTo(Status.VALID);
    }
    late.ca.faults().failValidations("d.example.org", CaProblem.of(400, "dns", "NXDOMAIN"));
    assertThat(late.failure(there.preAuthorize("d.example.org"), LONG))
        .isInstanceOfSatisfying(
            AcmeAuthorizationException.class, failed -> assertThat(failed.failures()).isNotEmpty());
  }

  @Test
  void aNameThatCanNotBeValidatedIsToldAndCleanedUp() {
    world.ca.faults().failValidations("early.example.org", CaProblem.of(400, "dns", "NXDOMAIN"));

    Throwable error = world.failure(account.preAuthorize("early.example.org"), LONG);

    assertThat(error)
        .isInstanceOfSatisfying(
            AcmeAuthorizationException.class,
            failed ->
                assertThat(failed.failures()).containsKey(Identifier.dns("early.example.org")));
    assertThat(world.proofs.isClean()).isTrue();
  }

  @Test
  void aServerThatGoesBackOnWhatItShowedIsNotReadForEver() {
    AcmeTransport backwards =
        request ->
            world
                .ca
                .transport()
                .send(request)
                .map(answer -> world.proofs.cleanedUp.get() > 0 ? pending(answer) : answer);
    AcmeAccount there =
        Objects.requireNonNull(
            world.await(
                world
                    .client(backwards)
                    .limits(RetryLimits.defaults().withIssueTime(Duration.ofMinutes(1)))
                    .build()
                    .account(AccountRequest.create()),
                LONG));

    assertThat(world.failure(there.preAuthorize("early.example.org"), Duration.ofMinutes(2)))
        .isInstanceOf(AcmeTimeoutException.class);
  }

  private static AcmeResponse pending(AcmeResponse answer) {
    String body = new String(answer.body(), UTF_8);
    return new AcmeResponse(
        answer.status(),
        answer.nonce(),
        answer.location(),
        answer.retryAfter(),
        answer.date(),
        answer.contentType(),
        answer.links(),
        body.replace("\"valid\"", "\"pending\"").getBytes(UTF_8));
  }

  @Test
  void aWildcardIsRefusedBeforeAnythingIsSent() {
    assertThatThrownBy(() -> account.preAuthorize("*.example.org"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aDeactivationWhoseAnswerIsLostIsDone() {
    Authorization authorization = preAuthorized("early.example.org");
    world.ca.faults().on(Endpoint.AUTHORIZATION).then(Fault.loseAnswer());

    Authorization given =
        Objects.requireNonNull(
            world.await(account.deactivateAuthorization(authorization.url()), LONG));

    assertThat(given.status()).isEqualTo(Status.DEACTIVATED);
  }

  @Test
  void aDeactivationThatIsRefusedIsTold() {
    Authorization authorization = preAuthorized("early.example.org");
    world.await(account.deactivateAuthorization(authorization.url()), LONG);

    assertThat(world.failure(account.deactivateAuthorization(authorization.url()), LONG))
        .isInstanceOf(AcmeProblemException.class);
  }

  // what an order replaces

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alreadyReplaced 409",
        "malformed 404",
        "unauthorized 403",
        "malformed 400",
        "conflict 409"
      })
  void anOrderWhoseReplacementIsRefusedGoesOutWithout(String refusal) {
    OrderRequest renewal = OrderRequest.of("a.example.org").withReplaces(new CertificateId("a.b"));
    String[] words = refusal.split(" ");
    world
        .ca
        .faults()
        .on(Endpoint.NEW_ORDER)
        .then(Fault.problem(CaProblem.of(Integer.parseInt(words[1]), words[0], "no")));

    assertThat(world.await(account.issue(renewal), LONG)).isNotNull();
    assertThat(world.ca.requests().count(Endpoint.NEW_ORDER)).isEqualTo(2);
  }

  /** The server counts the order whose answer was lost; some give it back, this one does not. */
  @Test
  void aRenewalWhoseAnswerIsLostIsOrderedAgainWithout() {
    OrderRequest request = OrderRequest.of("a.example.org");
    Certificate certificate = Objects.requireNonNull(world.await(account.issue(request), LONG));
    CertificateId replaced = CertificateId.of(certificate.chain().get(0));
    world.ca.requests().clear();
    world.ca.faults().on(Endpoint.NEW_ORDER).then(Fault.loseAnswer());

    AcmeOrder order =
        Objects.requireNonNull(world.await(account.order(request.withReplaces(replaced)), LONG));

    assertThat(order.state().replaces()).isEmpty();
    assertThat(world.ca.requests().of(Endpoint.NEW_ORDER))
        .extracting(Exchange::status)
        .as("lost, alreadyReplaced, without")
        .containsExactly(201, 409, 201);
    assertThat(world.ca.truth().orders()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rateLimited 429", "rejectedIdentifier 400", "userActionRequired 403"})
  void anOrderThatIsRefusedForAnotherReasonIsNotSentAgain(String refusal) {
    OrderRequest renewal = OrderRequest.of("a.example.org").withReplaces(new CertificateId("a.b"));
    String[] words = refusal.split(" ");
    world
        .ca
        .faults()
        .on(Endpoint.NEW_ORDER)
        .then(Fault.problem(CaProblem.of(Integer.parseInt(words[1]), words[0], "no")));

    assertThat(world.failure(account.issue(renewal), LONG))
        .isInstanceOfSatisfying(
            AcmeProblemException.class,
            error -> assertThat(error.problem().name()).isEqualTo(words[0]));
    assertThat(world.ca.requests().count(Endpoint.NEW_ORDER)).isEqualTo(1);
  }
}
