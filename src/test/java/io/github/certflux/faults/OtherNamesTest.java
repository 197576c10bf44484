package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeOrder;
import io.github.certflux.Certificate;
import io.github.certflux.CsrSource;
import io.github.certflux.OrderRequest;
import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.testca.Endpoint;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A server that shows other names than those asked for gets no proof and no CSR for them. */
class OtherNamesTest {
  private static final Duration LONG = Duration.ofMinutes(12);
  private static final String NAME = "example.org";
  private static final String OTHER = "evil.example";

  private final VirtualWorld world = new VirtualWorld(3, ca -> ca.fronts(1).preAuthorization(true));
  private UnaryOperator<String> lie = body -> body;
  private final AcmeAccount account =
      Objects.requireNonNull(
          world.await(
              world
                  .client(new Lying(world.ca.transport()))
                  .build()
                  .account(AccountRequest.create().agreeToTerms()),
              LONG));

  /** Changes what the server says. */
  private final class Lying implements AcmeTransport {
    private final AcmeTransport behind;

    Lying(AcmeTransport behind) {
      this.behind = behind;
    }

    @Override
    public Mono<AcmeResponse> send(AcmeRequest request) {
      return behind
          .send(request)
          .map(
              response ->
                  new AcmeResponse(
                      response.status(),
                      response.nonce(),
                      response.location(),
                      response.retryAfter(),
                      response.date(),
                      response.contentType(),
                      response.links(),
                      lie.apply(new String(response.body(), StandardCharsets.UTF_8))
                          .getBytes(StandardCharsets.UTF_8)));
    }
  }

  private static UnaryOperator<String> inOrders(UnaryOperator<String> change) {
    return body -> body.contains("\"identifiers\":") ? change.apply(body) : body;
  }

  private static UnaryOperator<String> inAuthorizations(UnaryOperator<String> change) {
    return body -> body.contains("\"challenges\":") ? change.apply(body) : body;
  }

  private void assertRefused(Mono<?> work, AcmeOperation operation) {
    assertThat(world.failure(work, LONG))
        .isInstanceOfSatisfying(
            AcmeProtocolException.class,
            refused -> {
              assertThat(refused.operation()).isEqualTo(operation);
              assertThat(refused).hasMessageContaining(NAME).hasMessageContaining("evil");
            });
    assertThat(world.ca.requests().count(Endpoint.CHALLENGE)).isZero();
    assertThat(world.ca.requests().count(Endpoint.FINALIZE)).isZero();
    assertThat(world.proofs.isClean()).isTrue();
  }

  @Test
  void aNewOrderForOtherNamesIsRefused() {
    lie = inOrders(body -> body.replace(NAME, OTHER));

    assertRefused(account.issue(OrderRequest.of(NAME)), AcmeOperation.NEW_ORDER);
  }

  @Test
  void anAuthorizationForAnotherNameIsNotProved() {
    lie = inAuthorizations(body -> body.replace(NAME, OTHER));

    assertRefused(account.issue(OrderRequest.of(NAME)), AcmeOperation.SOLVE);
  }

  @Test
  void aWildcardOfANameThatIsNotOneIsNotProved() {
    lie =
        inAuthorizations(
            body ->
                body.replace("\"status\":\"pending\"", "\"status\":\"pending\",\"wildcard\":true"));

    assertThat(world.failure(account.issue(OrderRequest.of(NAME)), LONG))
        .isInstanceOf(AcmeProtocolException.class)
        .hasMessageContaining("*." + NAME);
  }

  @Test
  void aPreAuthorizationOfAnotherNameIsRefused() {
    lie = inAuthorizations(body -> body.replace(NAME, OTHER));

    assertRefused(account.preAuthorize(NAME), AcmeOperation.NEW_AUTHORIZATION);
  }

  @Test
  void moreAuthorizationsThanNamesAreRefused() {
    lie =
        inOrders(
            body ->
                body.replaceFirst(
                    "\"authorizations\":\\[(\"[^\"]*/)([^/\"]*\")",
                    "\"authorizations\":[$1$2,$1evil\""));

    assertThat(world.failure(account.issue(OrderRequest.of(NAME)), LONG))
        .isInstanceOf(AcmeProtocolException.class)
        .hasMessageContaining("2 authorizations");
    assertThat(world.ca.requests().count(Endpoint.AUTHORIZATION)).isZero();
  }

  /** Once an order is made, what it is for is known. */
  @Test
  void anOrderThatShowsOtherNamesLaterIsStillForThoseOrdered() {
    AcmeOrder order =
        Objects.requireNonNull(world.await(account.order(OrderRequest.of(NAME)), LONG));
    lie = inOrders(body -> body.replaceFirst("\"identifiers\":\\[[^]]*]", "\"identifiers\":[]"));

    Certificate certificate =
        Objects.requireNonNull(
            world.await(
                order
                    .authorize()
                    .flatMap(ready -> ready.finalizeWith(CsrSource.newKey(KeyType.EC_P256))),
                LONG));

    assertThat(order.state().identifiers()).isEmpty();
    assertThat(certificate.chain().get(0).toString()).contains(NAME);
  }

  @Test
  void anOrderForNothingIsNotFinalized() {
    AcmeOrder made =
        Objects.requireNonNull(
            world.await(account.order(OrderRequest.of(NAME)).flatMap(AcmeOrder::authorize), LONG));
    lie = inOrders(body -> body.replaceFirst("\"identifiers\":\\[[^]]*]", "\"identifiers\":[]"));

    assertThat(
            world.failure(
                account
                    .order(made.url())
                    .flatMap(found -> found.finalizeWith(CsrSource.newKey(KeyType.EC_P256))),
                LONG))
        .isInstanceOf(AcmeProtocolException.class)
        .hasMessageContaining("none");
    assertThat(world.ca.requests().count(Endpoint.FINALIZE)).isZero();
  }

  /** As servers write them: in another case. */
  @Test
  void theSameNamesWrittenOtherwiseAreThoseOrdered() {
    lie = inOrders(body -> body.replace("example.net", "Example.NET"));

    assertThat(
            world.await(
                account.issue(OrderRequest.of("b.example.net", NAME, "2001:DB8:0::1", "10.0.0.1")),
                LONG))
        .isNotNull();
  }
}
