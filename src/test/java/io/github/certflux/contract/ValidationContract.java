package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.failure;
import static io.github.certflux.contract.ServerUnderTest.name;
import static io.github.certflux.contract.ServerUnderTest.valueInTheEnd;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeOrder;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Status;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Proofs of control (RFC 8555 §7.5.1, §8), on servers that look at them. */
interface ValidationContract extends ServerUnderTest {

  @Test
  default void aNameThatIsNotProvedFailsItsOrderAndSaysWhichAndWhy() {
    AcmeAccount account = account(open());
    Solver http01 = new Solver(server().solvers().get(0));
    Solver lazy =
        new Solver(http01) {
          @Override
          public Mono<Void> present(SolverRequest request) {
            return request.identifier().value().equals(name("unproved"))
                ? Mono.empty()
                : super.present(request);
          }
        };
    AcmeOrder order = await(account.order(OrderRequest.of(name("proved"), name("unproved"))));

    AcmeAuthorizationException error =
        failure(AcmeAuthorizationException.class, order.authorize(lazy));

    assertThat(error.failures()).containsOnlyKeys(Identifier.dns(name("unproved")));
    assertThat(error.problem().name()).isEqualTo("unauthorized");
    assertThat(error.diagnoses().get(Identifier.dns(name("unproved"))))
        .contains("http://" + name("unproved") + "/.well-known/acme-challenge/")
        .contains(error.problem().detail().orElseThrow())
        .contains("another server that answers for this name");
    assertThat(valueInTheEnd(order.refresh().filter(seen -> !isPending(seen))).status())
        .isEqualTo(Status.INVALID);
    assertThat(lazy.standing).isEmpty();
  }

  @Test
  default void aRolloverWhileAProofStandsDoesNotFailTheOrder() {
    Node node = open();
    AcmeAccount account = account(node);
    AtomicReference<Mono<?>> rollover = new AtomicReference<>(Mono.empty());
    Solver during =
        new Solver(server().solvers().get(0)) {
          @Override
          public Mono<Void> ready(SolverRequest request) {
            return rollover.getAndSet(Mono.empty()).then();
          }
        };
    rollover.set(account.rollOver(KeyType.EC_P384));

    Certificate certificate = await(account.with(during).issue(OrderRequest.of(name("rolled"))));

    assertThat(Pki.names(certificate)).containsExactly(name("rolled"));
    assertThat(during.presented).hasSize(2);
    assertThat(during.standing).isEmpty();
  }

  /** As a replica may show it that is late. */
  private boolean isPending(Order seen) {
    return replicasLag() && seen.status().equals(Status.PENDING);
  }

  /** Another solver, watched. */
  class Solver implements ChallengeSolver {
    final Set<String> standing = ConcurrentHashMap.newKeySet();
    final Set<String> presented = ConcurrentHashMap.newKeySet();
    private final ChallengeSolver solver;

    Solver(ChallengeSolver solver) {
      this.solver = solver;
    }

    @Override
    public String type() {
      return solver.type();
    }

    @Override
    public Mono<Void> present(SolverRequest request) {
      standing.add(request.keyAuthorization());
      presented.add(request.keyAuthorization());
      return solver.present(request);
    }

    @Override
    public Mono<Void> cleanUp(SolverRequest request) {
      standing.remove(request.keyAuthorization());
      return solver.cleanUp(request);
    }
  }
}
