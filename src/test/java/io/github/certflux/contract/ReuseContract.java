package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeAccount;
import io.github.certflux.IssueEvent;
import io.github.certflux.IssueEvent.Kind;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.Identifier;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Authorizations that later orders use again (RFC 8555 §7.1.4), on servers that do that. */
interface ReuseContract extends ServerUnderTest {

  /** A server that draws lots uses each again with an even chance. */
  int KNOWN = 2;

  int MOST_ORDERS = 10;

  @Test
  default void aNameThatIsAuthorizedAlreadyIsNotProvedAgain() {
    AcmeAccount account = account(open());
    List<String> known = IntStream.range(0, KNOWN).mapToObj(i -> name("known-" + i)).toList();
    await(account.issue(OrderRequest.of(known)));

    List<IssueEvent> events =
        Flux.range(0, MOST_ORDERS)
            .map(i -> Stream.concat(known.stream(), Stream.of(name("unknown-" + i))).toList())
            .concatMap(names -> account.issueEvents(OrderRequest.of(names)).collectList(), 0)
            .filter(told -> !names(told, Kind.REUSED).isEmpty())
            .blockFirst(PATIENCE);

    IssueEvent issued = events.get(events.size() - 1);
    List<String> proved = names(events, Kind.PRESENTED);
    assertThat(known).containsAll(names(events, Kind.REUSED));
    assertThat(proved).doesNotContainAnyElementsOf(names(events, Kind.REUSED));
    assertThat(Stream.of(proved, names(events, Kind.REUSED)).flatMap(List::stream))
        .containsExactlyInAnyOrderElementsOf(
            issued.order().identifiers().stream().map(Identifier::value).toList());
    assertThat(names(events, Kind.TRIGGERED)).hasSameElementsAs(proved);
    assertThat(Pki.names(issued.certificate().orElseThrow())).hasSize(KNOWN + 1);
  }

  /** The names that a step is told of. */
  private static List<String> names(List<IssueEvent> events, Kind kind) {
    return events.stream()
        .filter(event -> event.kind() == kind)
        .map(event -> event.identifier().orElseThrow().value())
        .toList();
  }
}
