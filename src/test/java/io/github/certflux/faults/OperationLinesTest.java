package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Level;
import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeOrder;
import io.github.certflux.CsrSource;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What an operator finds in the log: a line for each operation, by account and by order. */
class OperationLinesTest {
  private static final Duration LONG = Duration.ofMinutes(12);
  private static final OrderRequest REQUEST = OrderRequest.of("a.example.org", "b.example.org");

  private final VirtualWorld world = new VirtualWorld(5, ca -> ca);
  private final AcmeAccount account =
      await(world.client().build().account(AccountRequest.create().agreeToTerms()));

  private <T> T await(Mono<T> work) {
    return Objects.requireNonNull(world.await(work, LONG));
  }

  @Test
  void whatWasAskedForAnOrderIsFoundByTheOrder() {
    try (CapturedLog log = new CapturedLog(Level.DEBUG)) {
      AcmeOrder order = await(account.order(REQUEST));
      await(
          order
              .authorize()
              .flatMap(ready -> ready.finalizeWith(CsrSource.newKey(KeyType.EC_P256))));

      List<Map<String, String>> lines = log.operations();
      String url = order.url().toString();
      assertThat(lines)
          .first()
          .satisfies(
              line -> assertThat(line).containsEntry("operation", "newOrder"),
              line -> assertThat(line).containsEntry("created", url));
      assertThat(lines.subList(1, lines.size()))
          .allSatisfy(line -> assertThat(line).containsEntry("order", url))
          .extracting(line -> line.get("operation"))
          .contains("authorization", "challenge", "order", "finalize", "certificate");
      assertThat(lines)
          .allSatisfy(line -> assertThat(line).containsEntry("account", account.url().toString()));
    }
  }

  @Test
  void whatChangesSomethingAtTheServerIsToldOnceWithHowItEnded() {
    world.ca.faults().on(Endpoint.NEW_ORDER).then(Fault.badNonce());
    world.ca.faults().on(Endpoint.FINALIZE).then(Fault.problem(CaProblem.of(400, "badCSR", "no")));
    try (CapturedLog log = new CapturedLog(Level.INFO)) {
      world.failure(account.issue(REQUEST), LONG);

      assertThat(log.operations())
          .extracting(
              line -> line.get("operation"),
              line -> line.get("outcome"),
              line -> line.get("problem"),
              line -> line.get("attempts"))
          .containsExactly(
              tuple("newOrder", "DONE", "none", "2"), tuple("finalize", "FAILED", "badCSR", "1"));
    }
  }

  @Test
  void noFieldIsForgedByTheServersWords() {
    CaProblem forged = CaProblem.of(400, "made up outcome=DONE", "no");
    world.ca.faults().on(Endpoint.NEW_ORDER).then(Fault.problem(forged));
    try (CapturedLog log = new CapturedLog(Level.INFO)) {
      world.failure(account.order(REQUEST), LONG);

      assertThat(log.operations())
          .singleElement()
          .satisfies(
              line -> assertThat(line).containsEntry("outcome", "FAILED"),
              line -> assertThat(line).containsEntry("problem", "made_up_outcome=DONE"));
    }
  }
}
