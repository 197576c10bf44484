package io.github.certflux.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.IssueEvent;
import io.github.certflux.OrderRequest;
import io.github.certflux.store.Condition;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.store.SimulatedProcess;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Which process takes up an order that another one began. */
class OrphanedOrderTest {
  private static final Duration SHORT = Duration.ofSeconds(30);
  private static final String NAME = "a.example.org";

  private final VirtualWorld world = new VirtualWorld(5, ca -> ca);
  private final MemoryStore memory = MemoryStore.create(world.time);
  private final SimulatedProcess first = SimulatedProcess.on(memory);
  private final AcmeClient owner = client(first);
  private final URI begun = order(owner, NAME);

  private AcmeClient client(SimulatedProcess process) {
    return world.client().store(process).build();
  }

  /** Begins an order, or takes one up, and goes no further. */
  private URI order(AcmeClient client, String name) {
    return Objects.requireNonNull(world.await(events(client, name).next(), SHORT)).order().url();
  }

  private Flux<IssueEvent> events(AcmeClient client, String name) {
    return client
        .account(AccountRequest.create().agreeToTerms())
        .flatMapMany(account -> account.issueEvents(OrderRequest.of(name)));
  }

  @Test
  void thatOfAProcessThatLivesIsItsOwn() {
    assertThat(order(client(SimulatedProcess.on(memory)), NAME)).isNotEqualTo(begun);
    assertThat(world.ca.truth().orders()).hasSize(2);
  }

  @Test
  void thatOfAProcessThatDiedIsTakenUp() {
    first.kill();

    assertThat(order(client(SimulatedProcess.on(memory)), NAME)).isEqualTo(begun);
    assertThat(world.ca.truth().orders()).hasSize(1);
  }

  @Test
  void thatOfAProcessThatVanishedIsTakenUpWhenItsSeatIsFree() {
    first.vanish();
    world.pass(Duration.ofSeconds(31));

    assertThat(order(client(SimulatedProcess.on(memory)), NAME)).isEqualTo(begun);
  }

  /** Another process works on something else, on the seat of the dead one. */
  @Test
  void thatOfAProcessThatDiedIsTakenUpAlsoWhereItsSeatIsAnothersNow() {
    first.kill();
    order(client(SimulatedProcess.on(memory)), "b.example.org");

    assertThat(order(client(SimulatedProcess.on(memory)), NAME)).isEqualTo(begun);
    assertThat(world.ca.truth().orders()).hasSize(2);
  }

  @Test
  void thatIsForOtherNamesIsNotTakenUp() {
    first.kill();
    URI other = order(client(SimulatedProcess.on(memory)), "b.example.org");
    replaceInOrders(begun.toString(), other.toString());

    assertThat(order(client(SimulatedProcess.on(memory)), NAME)).isNotEqualTo(other);
    assertThat(world.ca.truth().orders()).hasSize(3);
  }

  private void replaceInOrders(String text, String by) {
    memory
        .list(VirtualWorld.ACCOUNT + "/orders")
        .flatMap(
            path ->
                memory
                    .read(path)
                    .map(stored -> stored.text().replace(text, by).getBytes(UTF_8))
                    .flatMap(changed -> memory.write(path, changed, Condition.none())))
        .blockLast();
  }

  @Test
  void twoThatTakeItUpAtOnceDoNotShareIt() {
    first.kill();
    AcmeClient one = client(SimulatedProcess.on(memory));
    AcmeClient other = client(SimulatedProcess.on(memory));

    assertThat(
            world.await(
                Flux.merge(events(one, NAME).next(), events(other, NAME).next())
                    .map(event -> event.order().url())
                    .collectList(),
                SHORT))
        .hasSize(2)
        .doesNotHaveDuplicates()
        .contains(begun);
  }
}
