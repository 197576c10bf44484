package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.Unneeded;
import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.testca.TestCa;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** What a trace shows of a certificate that is ordered while a request is answered. */
class ObservationsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final TestObservationRegistry registry = TestObservationRegistry.create();
  private final Queue<Observation.Context> stopped = new ConcurrentLinkedQueue<>();

  @Test
  void anOrdersRequestsAreBelowItAndItIsBelowWhoAskedForIt() {
    registry.observationConfig().observationHandler(new Listener());
    try (TestCa ca = TestCa.builder().inMemory()) {
      AcmeClient client =
          AcmeClient.builder(ca.directory())
              .transport(ca.transport())
              .solver(new Unneeded("dns-01"))
              .observer(
                  new AllObservers(List.of(new Failing(), new CertfluxObservations(registry))))
              .build();
      AcmeAccount account = await(client.account(AccountRequest.create().agreeToTerms()));
      Observation request = Observation.start("request", registry);

      await(
          account
              .issue(OrderRequest.of("www.example.org"))
              .contextWrite(context -> context.put("micrometer.observation", request)));

      request.stop();
      Observation.Context issue = named("acme issue");
      assertThat(parent(issue)).isSameAs(request.getContextView());
      assertThat(issue.getLowCardinalityKeyValue("outcome").getValue()).isEqualTo("done");
      assertThat(parent(named("acme newOrder"))).isSameAs(issue);
      assertThat(parent(named("acme finalize"))).as("told once").isSameAs(issue);
      assertThat(stopped)
          .filteredOn(context -> "acme finalize".equals(context.getContextualName()))
          .hasSize(1);
      assertThat(parent(named("acme newAccount"))).as("asked for by nobody").isNull();
      client.disposeLater().block(PATIENCE);
    }
    TestObservationRegistryAssert.assertThat(registry)
        .doesNotHaveAnyRemainingCurrentObservation()
        .hasObservationWithNameEqualTo("certflux.operations")
        .that()
        .hasBeenStopped();
  }

  private static <T> T await(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(PATIENCE));
  }

  private static Object parent(Observation.Context context) {
    return context.getParentObservation() == null
        ? null
        : context.getParentObservation().getContextView();
  }

  private Observation.Context named(String name) {
    return stopped.stream()
        .filter(context -> name.equals(context.getContextualName()))
        .findFirst()
        .orElseThrow();
  }

  /** Keeps nothing from the others. */
  private static final class Failing implements AcmeObserver {
    @Override
    public Running begun(Begun event) {
      return new Running() {
        @Override
        public ContextView context() {
          throw new IllegalStateException("context");
        }

        @Override
        public void ended(Outcome outcome, Optional<Throwable> error) {
          throw new IllegalStateException("ended");
        }
      };
    }

    @Override
    public void tried(Try event) {
      throw new IllegalStateException("tried");
    }
  }

  private final class Listener implements ObservationHandler<Observation.Context> {
    @Override
    public void onStop(Observation.Context context) {
      stopped.add(context);
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
      return true;
    }
  }
}
