package io.github.certflux.contract;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.internal.Chains;
import io.github.certflux.testca.ProofRequest;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.TestCaBuilder;
import io.github.certflux.testca.Validation;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/** The embedded test CA, over sockets: three front ends, a cache of five seconds in each. */
final class TestCaServer implements AcmeServer {
  static final String REFUSED = "refused.certflux-test.com";

  /** How late the latest of the replicas is, where they lag. */
  static final Duration LONGEST_LAG = Duration.ofSeconds(1);

  private final String title;
  private final TestCa ca;
  private final List<ChallengeSolver> solvers;
  private final int httpPort;
  private final int tlsPort;

  private TestCaServer(String title, UnaryOperator<TestCaBuilder> change) {
    this.title = title;
    Iterator<Integer> ports = Ports.free(2);
    httpPort = ports.next();
    tlsPort = ports.next();
    Zone zone = new Zone();
    TestCaBuilder builder =
        TestCa.builder()
            .validation(
                Validation.byType(
                    Map.of(
                        "http-01", Validation.http01(httpPort),
                        "tls-alpn-01", Validation.tlsAlpn01(tlsPort),
                        "dns-01", Validation.lookup(zone::presented))))
            .rejectIdentifiers(identifier -> identifier.value().endsWith(REFUSED));
    ca = change.apply(builder).startNow();
    solvers =
        List.of(
            Http01Solver.builder().port(httpPort).address(InetAddress.getLoopbackAddress()).build(),
            zone);
  }

  static TestCaServer started() {
    return started("test CA", ca -> ca.ordersPerPage(3).authorizationReuse(true));
  }

  /** One that needs an external account binding. */
  static TestCaServer forCustomers() {
    return started(
        "test CA for customers",
        ca -> {
          for (int i = 0; i < 10; i++) {
            ca.externalAccount("kid-" + i, ExternalAccountContract.macKey(i));
          }
          return ca;
        });
  }

  /** One that asks BIND for what is in the DNS. */
  static TestCaServer asking(NamedServer bind) {
    Validation dns = Validation.dns(bind.resolver());
    return started(
        "test CA with BIND",
        ca ->
            ca.challengeTypes("dns-01", "dns-account-01", "dns-persist-01")
                .validation(
                    Validation.byType(
                        Map.of("dns-01", dns, "dns-account-01", dns, "dns-persist-01", dns))));
  }

  /** Over three read replicas, of which two are late. */
  static TestCaServer lagging() {
    return started(
        "test CA with lagging replicas",
        ca ->
            ca.ordersPerPage(3)
                .authorizationReuse(true)
                .lags(Duration.ZERO, LONGEST_LAG, Duration.ofMillis(300)));
  }

  private static TestCaServer started(String name, UnaryOperator<TestCaBuilder> change) {
    return Servers.started(name, TestCaServer.class, () -> new TestCaServer(name, change));
  }

  TestCa ca() {
    return ca;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public URI directory() {
    return ca.directory();
  }

  @Override
  public byte[] trust() {
    return ca.rootPem().getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public X509Certificate root() {
    return Chains.parse(trust()).get(0);
  }

  @Override
  public List<ChallengeSolver> solvers() {
    return solvers;
  }

  @Override
  public int httpPort() {
    return httpPort;
  }

  @Override
  public int tlsPort() {
    return tlsPort;
  }

  @Override
  public String output() {
    return "the test CA writes nothing";
  }

  /** What stands in the DNS, by token. */
  private static final class Zone implements ChallengeSolver {
    private final Map<String, String> proofs = new ConcurrentHashMap<>();

    @Override
    public String type() {
      return "dns-01";
    }

    @Override
    public Mono<Void> present(SolverRequest request) {
      return Mono.fromRunnable(() -> proofs.put(request.token(), request.keyAuthorization()));
    }

    @Override
    public Mono<Void> cleanUp(SolverRequest request) {
      return Mono.fromRunnable(() -> proofs.remove(request.token()));
    }

    Mono<String> presented(ProofRequest request) {
      return Mono.fromSupplier(() -> proofs.get(request.token()));
    }
  }
}
