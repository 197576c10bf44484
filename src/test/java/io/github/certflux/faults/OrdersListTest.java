package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeOrder;
import io.github.certflux.OrderRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.testca.Endpoint;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** An account's list of orders (RFC 8555 §7.1.2.1), on virtual time. */
class OrdersListTest {
  private static final Duration LONG = Duration.ofMinutes(2);

  private final VirtualWorld world = new VirtualWorld(5, ca -> ca.fronts(1).ordersPerPage(3));

  @Test
  void aPageIsFetchedOnlyWhenMoreIsAskedForThanThePagesBeforeHaveHeld() {
    AcmeAccount account = account(world.ca.transport());
    List<URI> orders = order(account, 8);

    StepVerifier.create(account.orders(), 0)
        .then(this::pass)
        .then(() -> assertPages(0))
        .thenRequest(1)
        .then(this::pass)
        .expectNext(orders.get(0))
        .then(() -> assertPages(1))
        .thenRequest(2)
        .then(this::pass)
        .expectNext(orders.get(1), orders.get(2))
        .then(this::pass)
        .then(() -> assertPages(1))
        .thenRequest(4)
        .then(this::pass)
        .expectNextSequence(orders.subList(3, 7))
        .then(() -> assertPages(3))
        .thenRequest(1)
        .expectNext(orders.get(7))
        .expectComplete()
        .verify(LONG);
    assertPages(3);
  }

  @Test
  void whoCancelsAsksForNoFurtherPage() {
    AcmeAccount account = account(world.ca.transport());
    order(account, 8);

    StepVerifier.create(account.orders(), 0)
        .thenRequest(2)
        .then(this::pass)
        .expectNextCount(2)
        .thenCancel()
        .verify(LONG);
    pass();
    assertPages(1);
  }

  @Test
  void anAccountWithoutOrdersHasAnEmptyList() {
    AcmeAccount account = account(world.ca.transport());

    assertThat(world.await(account.orders().collectList(), LONG)).isEmpty();
    assertPages(1);
  }

  @Test
  void aServerWithoutListsIsSaidToHaveNone() {
    VirtualWorld boulder = new VirtualWorld(5, ca -> ca.fronts(1));
    AcmeAccount account =
        Objects.requireNonNull(
            boulder.await(
                boulder.client().build().account(AccountRequest.create().agreeToTerms()), LONG));

    assertThat(boulder.failure(account.orders().then(), LONG))
        .isInstanceOf(AcmeNotOfferedException.class);
  }

  @Test
  void aListThatLeadsBackToItselfEnds() {
    AcmeAccount account = account(next(url -> url.replaceFirst("/\\d+$", "/1")));
    order(account, 2);

    AcmeProtocolException error = listFailure(account);

    assertThat(error.expected()).isEqualTo("an orders list that ends");
    assertThat(error.came()).isEqualTo("a page again");
    assertPages(1);
  }

  @Test
  void aListOfEndlesslyManyPagesEnds() {
    AcmeAccount account =
        account(
            next(
                url -> {
                  int slash = url.lastIndexOf('/') + 1;
                  return url.substring(0, slash) + (Long.parseLong(url.substring(slash)) + 1);
                }));
    order(account, 2);

    assertThat(listFailure(account).came()).isEqualTo("more than 1000 pages");
    assertPages(1000);
  }

  @Test
  void aNextPageAtAnotherKindOfPlaceIsNotFollowed() {
    AcmeAccount account = account(next(url -> "http://169.254.169.254/latest"));
    order(account, 1);

    assertThat(listFailure(account).expected()).contains("https URL");
  }

  private AcmeProtocolException listFailure(AcmeAccount account) {
    Throwable error = world.failure(account.orders().then(), LONG);
    assertThat(error).isInstanceOf(AcmeProtocolException.class);
    return (AcmeProtocolException) error;
  }

  /** A way to the CA on which each page of a list names another as the next. */
  private AcmeTransport next(Function<String, String> next) {
    return request ->
        world
            .ca
            .transport()
            .send(request)
            .map(
                answer -> {
                  if (!request.url().getPath().startsWith("/acme/orders/")) {
                    return answer;
                  }
                  List<String> links = new ArrayList<>();
                  links.add("<" + next.apply(request.url().toString()) + ">;rel=\"next\"");
                  return new AcmeResponse(
                      answer.status(),
                      answer.nonce(),
                      answer.location(),
                      answer.retryAfter(),
                      answer.date(),
                      answer.contentType(),
                      links,
                      answer.body());
                });
  }

  private AcmeAccount account(AcmeTransport transport) {
    return Objects.requireNonNull(
        world.await(
            world.client(transport).build().account(AccountRequest.create().agreeToTerms()), LONG));
  }

  private List<URI> order(AcmeAccount account, int count) {
    List<URI> orders = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      AcmeOrder order = world.await(account.order(OrderRequest.of("n" + i + ".example.org")), LONG);
      orders.add(Objects.requireNonNull(order).url());
    }
    return orders;
  }

  private void pass() {
    world.pass(Duration.ofSeconds(1));
  }

  private void assertPages(int count) {
    assertThat(world.ca.requests().count(Endpoint.ORDERS)).isEqualTo(count);
  }
}
