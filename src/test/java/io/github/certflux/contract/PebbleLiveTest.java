package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.name;
import static io.github.certflux.contract.ServerUnderTest.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeClientBuilder;
import io.github.certflux.Certificate;
import io.github.certflux.KeyRollover;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.KeyType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Rollovers in live traffic on Pebble, which fetches every proof. */
class PebbleLiveTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int ORDERS_IN_FLIGHT = 100;
  private static final int ROLLOVERS = 5;

  /** Pebble's store can come to a standstill when many authorizations are read at once. */
  private static final int REQUESTS_IN_FLIGHT = 8;

  private final AtomicInteger names = new AtomicInteger();
  private final AtomicBoolean over = new AtomicBoolean();
  private final Recorder seen = new Recorder();
  private PebbleServer server;
  private AcmeClient client;

  @BeforeEach
  void open() {
    server = PebbleServer.started();
    AcmeClientBuilder builder =
        AcmeClient.builder(server.directory())
            .trust(server.trust())
            .observer(seen)
            .maxInFlight(REQUESTS_IN_FLIGHT);
    server.solvers().forEach(builder::solver);
    client = builder.build();
  }

  @AfterEach
  void close() {
    client.disposeLater().block(PATIENCE);
  }

  @Test
  void aHundredOrdersInFlightAndARolloverEachSecondFailNone() {
    AcmeAccount account = await(client.account(request()));
    Mono<List<KeyRollover>> rollovers =
        Flux.interval(Duration.ofSeconds(1))
            .onBackpressureDrop()
            .concatMap(second -> account.rollOver(KeyType.EC_P256), 1)
            .take(ROLLOVERS)
            .collectList()
            .doFinally(end -> over.set(true));
    Mono<List<Certificate>> orders =
        Flux.range(0, ORDERS_IN_FLIGHT)
            .flatMap(
                each -> Mono.defer(() -> order(account)).repeat(() -> !over.get()),
                ORDERS_IN_FLIGHT)
            .collectList();

    List<Certificate> certificates =
        Mono.zip(
                orders,
                rollovers,
                (issued, rolled) -> {
                  assertThat(rolled)
                      .extracting(KeyRollover::thumbprint)
                      .doesNotHaveDuplicates()
                      .hasSize(ROLLOVERS);
                  return issued;
                })
            .block(PATIENCE);

    System.out.println("    " + server.title() + ", live: " + seen.summary());
    assertThat(certificates).hasSize(names.get()).hasSizeGreaterThanOrEqualTo(ORDERS_IN_FLIGHT);
    assertThat(certificates)
        .allSatisfy(certificate -> assertThat(Pki.names(certificate)).hasSize(1));
  }

  private Mono<Certificate> order(AcmeAccount account) {
    return account.issue(OrderRequest.of(name("live-" + names.incrementAndGet())));
  }
}
