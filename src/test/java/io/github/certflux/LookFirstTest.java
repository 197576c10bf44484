package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.dns.DnsLookup;
import io.github.certflux.internal.Fingerprints;
import io.github.certflux.protocol.AcmeSolverException;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** A look before the CA is told to look: what it costs, and what it spares. */
class LookFirstTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Looks once. */
  private static final Duration SHORT = Duration.ofMillis(1);

  private final FakeDns dns = new FakeDns().zone("example.org.");
  private static final TestCa ca =
      TestCa.builder().validation(Validation.always()).retryAfter(Duration.ZERO).startNow();
  private final Http01Solver http = Http01Solver.inServer();
  private final DisposableServer server =
      HttpServer.create()
          .bindAddress(() -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .route(http::addTo)
          .bindNow(PATIENCE);
  private final List<String> unseen = new ArrayList<>();

  private final long triggeredBefore = triggers();

  @AfterAll
  static void closeCa() {
    ca.close();
  }

  @AfterEach
  void close() {
    server.disposeNow(PATIENCE);
    dns.close();
  }

  /** On loopback. */
  private LookFirst local(LookFirst setting) {
    return setting
        .withTime(SHORT)
        .withHttpPort(server.port())
        .withAddresses(name -> Mono.just(List.of(InetAddress.getLoopbackAddress())))
        .withDns(
            DnsLookup.builder()
                .resolvers(dns.address())
                .authoritativePort(dns.address().getPort())
                .build());
  }

  /** Never has a proof anywhere. */
  private static class Absent implements ChallengeSolver {
    private final String type;

    Absent(String type) {
      this.type = type;
    }

    @Override
    public String type() {
      return type;
    }

    @Override
    public Mono<Void> present(SolverRequest request) {
      return Mono.empty();
    }

    @Override
    public Mono<Void> cleanUp(SolverRequest request) {
      return Mono.empty();
    }
  }

  private Certificate issued(LookFirst setting, ChallengeSolver... solvers) {
    AcmeClientBuilder builder =
        AcmeClient.builder(ca.directory())
            .trust(ca.rootPem().getBytes(StandardCharsets.UTF_8))
            .lookFirst(setting);
    for (ChallengeSolver solver : solvers) {
      builder.solver(solver);
    }
    AcmeClient client = builder.build();
    try {
      return Objects.requireNonNull(
              client
                  .account(AccountRequest.create().agreeToTerms())
                  .flatMapMany(account -> account.issueEvents(OrderRequest.of("www.example.org")))
                  .doOnNext(
                      event -> {
                        if (event.kind() == IssueEvent.Kind.UNSEEN) {
                          unseen.add(event.detail());
                        }
                      })
                  .last()
                  .block(PATIENCE))
          .certificate()
          .orElseThrow();
    } finally {
      client.disposeLater().block(PATIENCE);
    }
  }

  private AcmeSolverException failure(LookFirst setting, ChallengeSolver... solvers) {
    try {
      issued(setting, solvers);
      throw new AssertionError("it was issued");
    } catch (AcmeSolverException expected) {
      return expected;
    }
  }

  private static long triggers() {
    return ca.requests().all().stream()
        .filter(request -> request.endpoint() == Endpoint.CHALLENGE)
        .count();
  }

  @Test
  void aProofThatIsThereIsSeen() {
    assertThat(issued(local(LookFirst.required()), http)).isNotNull();

    assertThat(unseen).isEmpty();
    assertThat(dns.questions()).contains("www.example.org. CAA");
  }

  @Test
  void aProofThatIsNotThereSpendsNoAuthorization() {
    AcmeSolverException error = failure(local(LookFirst.required()), new Absent("http-01"));

    assertThat(error)
        .hasMessageContaining("http-01 for www.example.org could not be set up: it is not seen")
        .hasMessageContaining("expected the key authorization, found HTTP 404");
    assertThat(triggers()).isEqualTo(triggeredBefore);
  }

  @Test
  void whereAProofIsNotThereTheNextSolverProves() {
    assertThat(issued(local(LookFirst.required()), new Absent("dns-01"), http)).isNotNull();
  }

  @Test
  void aProofThatIsNotSeenFromHereIsLeftToTheCa() {
    assertThat(issued(local(LookFirst.advisory()), new Absent("http-01"))).isNotNull();

    assertThat(unseen).singleElement().asString().contains("found HTTP 404");
  }

  @Test
  void aProofInTheDnsIsAskedOfItsServers() {
    ChallengeSolver zone =
        new Absent("dns-01") {
          @Override
          public Mono<Void> present(SolverRequest request) {
            byte[] proof = request.keyAuthorization().getBytes(StandardCharsets.US_ASCII);
            return Mono.fromRunnable(
                () -> dns.add("_acme-challenge.www.example.org.", "TXT", Fingerprints.of(proof)));
          }
        };

    assertThat(issued(local(LookFirst.required()).withTime(PATIENCE), zone)).isNotNull();

    assertThat(dns.questions()).contains("_acme-challenge.www.example.org. TXT");
  }

  @Test
  void aRecordThatForbidsTheCaIsNamed() {
    dns.add("example.org.", "CAA", "0 issue \"other.example\"");

    assertThat(failure(local(LookFirst.required()), http))
        .hasMessageContaining(
            "the CAA records of example.org: expected that ca.test may issue for"
                + " www.example.org, found 0 issue \"other.example\"");
    assertThat(triggers()).isEqualTo(triggeredBefore);
  }

  @Test
  void nothingIsLookedAtUnlessAskedForAtACaOnLoopback() {
    AcmeClient client =
        AcmeClient.builder(ca.directory())
            .trust(ca.rootPem().getBytes(StandardCharsets.UTF_8))
            .solver(new Absent("http-01"))
            .build();

    List<IssueEvent> events =
        client
            .account(AccountRequest.create().agreeToTerms())
            .flatMapMany(account -> account.issueEvents(OrderRequest.of("www.example.org")))
            .collectList()
            .block(PATIENCE);

    assertThat(events).extracting(IssueEvent::kind).doesNotContain(IssueEvent.Kind.UNSEEN);
    client.disposeLater().block(PATIENCE);
  }
}
