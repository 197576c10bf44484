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
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.challenge.TlsAlpn01Solver;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.Order;
import io.github.certflux.protocol.Status;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
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
    rolledOverWhileAProofStands(server().solvers().get(0), name("rolled"));
  }

  @Test
  default void aRolloverWhileATlsAlpn01ProofStandsDoesNotFailTheOrder() {
    withTlsAlpn01("127.0.0.1", tls -> rolledOverWhileAProofStands(tls, name("rolled-tls")));
  }

  private void rolledOverWhileAProofStands(ChallengeSolver solver, String name) {
    Node node = open();
    AcmeAccount account = account(node);
    AtomicReference<Mono<?>> rollover = new AtomicReference<>(Mono.empty());
    Solver during =
        new Solver(solver) {
          @Override
          public Mono<Void> ready(SolverRequest request) {
            return rollover.getAndSet(Mono.empty()).then();
          }
        };
    rollover.set(account.rollOver(KeyType.EC_P384));

    Certificate certificate = await(account.with(during).issue(OrderRequest.of(name)));

    assertThat(Pki.names(certificate)).containsExactly(name);
    if (replicasLag()) { // one that shows the CA the replaced key spoils the order: another follows
      assertThat(during.presented).hasSizeGreaterThanOrEqualTo(2);
    } else {
      assertThat(during.presented).hasSize(2);
    }
    assertThat(during.standing).isEmpty();
  }

  @Test
  default void fiftyNamesOfOneOrderAreProvedByHttp01() {
    assertFiftyAreProved(server().solvers().get(0), "http");
  }

  @Test
  default void fiftyNamesOfOneOrderAreProvedByTlsAlpn01() {
    withTlsAlpn01("127.0.0.1", tls -> assertFiftyAreProved(tls, "tls"));
  }

  private void assertFiftyAreProved(ChallengeSolver solver, String label) {
    Solver watched = new Solver(solver);
    String[] names = IntStream.range(0, 50).mapToObj(i -> name(label + i)).toArray(String[]::new);

    Certificate certificate = await(account(open()).with(watched).issue(OrderRequest.of(names)));

    assertThat(Pki.names(certificate)).containsExactlyInAnyOrder(names);
    assertThat(watched.presented).hasSize(50);
    assertThat(watched.standing).isEmpty();
  }

  @Test
  default void addressesAreProvedByTlsAlpn01() {
    for (String address : addresses()) {
      withTlsAlpn01(address, tls -> assertAddressIsProved(address, tls));
    }
  }

  @Test
  default void anAddressOfTheSixthVersionIsProvedByHttp01() {
    Assumptions.assumeTrue(addresses().contains("::1"), "this machine has no ::1");
    Http01Solver http01 =
        Http01Solver.builder().port(server().httpPort()).address(NetUtil.LOCALHOST6).build();
    assertAddressIsProved("::1", http01);
    await(http01.disposeLater().thenReturn(true));
  }

  private void assertAddressIsProved(String address, ChallengeSolver solver) {
    Solver watched = new Solver(solver);

    Certificate certificate = await(account(open()).with(watched).issue(OrderRequest.of(address)));

    assertThat(Pki.names(certificate))
        .singleElement()
        .satisfies(
            shown ->
                assertThat(NetUtil.createByteArrayFromIpAddressString(shown))
                    .isEqualTo(NetUtil.createByteArrayFromIpAddressString(address)));
    assertThat(watched.presented).hasSize(1);
    assertThat(watched.standing).isEmpty();
  }

  /** The loopback addresses that this machine has. */
  private static List<String> addresses() {
    return Stream.of("127.0.0.1", "::1")
        .filter(
            address -> {
              try (ServerSocket socket = new ServerSocket(0, 1, inet(address))) {
                return socket.isBound();
              } catch (IOException e) {
                return false;
              }
            })
        .toList();
  }

  @Test
  default void whereAPortIsTakenTheNextSolverProves() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Http01Solver blocked =
          Http01Solver.builder()
              .port(taken.getLocalPort())
              .address(InetAddress.getLoopbackAddress())
              .build();
      withTlsAlpn01(
          "127.0.0.1",
          tls ->
              assertThat(
                      Pki.names(
                          await(
                              account(open())
                                  .with(blocked, tls)
                                  .issue(OrderRequest.of(name("fallback"))))))
                  .containsExactly(name("fallback")));
      await(blocked.disposeLater().thenReturn(true));
    }
  }

  private void withTlsAlpn01(String address, Consumer<TlsAlpn01Solver> work) {
    TlsAlpn01Solver tls =
        TlsAlpn01Solver.builder().port(server().tlsPort()).address(inet(address)).build();
    try {
      work.accept(tls);
    } finally {
      await(tls.disposeLater().thenReturn(true));
    }
  }

  private static InetAddress inet(String address) {
    return address.equals("::1") ? NetUtil.LOCALHOST6 : NetUtil.LOCALHOST4;
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
