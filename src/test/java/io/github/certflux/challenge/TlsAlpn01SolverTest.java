package io.github.certflux.challenge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.internal.TlsAlpn01;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.ProofRequest;
import io.github.certflux.testca.Validation;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** On a port of its own. */
class TlsAlpn01SolverTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final String TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
  private static final Identifier NAME = Identifier.dns("www.example.org");

  private final TlsAlpn01Solver solver =
      TlsAlpn01Solver.builder().address(LOOPBACK).port(0).build();

  @AfterEach
  void close() {
    solver.disposeLater().block(PATIENCE);
  }

  static SolverRequest request(Identifier identifier, String keyAuthorization) {
    return new SolverRequest(
        identifier, false, TOKEN, keyAuthorization, URI.create("https://ca.example/acct/1"));
  }

  /** What a CA finds wrong; empty if it is satisfied. */
  static String validated(int port, Identifier identifier, String keyAuthorization) {
    return Validation.tlsAlpn01(port)
        .check(new ProofRequest("tls-alpn-01", identifier, false, TOKEN, keyAuthorization, ""))
        .map(CaProblem::toString)
        .onErrorResume(error -> Mono.just(error.toString()))
        .defaultIfEmpty("")
        .block(PATIENCE);
  }

  private String validated(Identifier identifier, String keyAuthorization) {
    return validated(solver.port(), identifier, keyAuthorization);
  }

  private TlsProbe ask(String serverName, String... protocols) {
    return new TlsProbe(solver.port(), serverName, protocols);
  }

  @Test
  void theProofIsShownFromPresentToCleanUp() {
    solver.present(request(NAME, "a")).block(PATIENCE);

    assertThat(validated(NAME, "a")).isEmpty();
    assertThat(validated(NAME, "b")).contains("another key authorization");

    solver.cleanUp(request(NAME, "a")).block(PATIENCE);
    solver.cleanUp(request(NAME, "a")).block(PATIENCE);

    assertThat(validated(NAME, "a")).isNotEmpty();
  }

  @Test
  void anAddressIsAskedForByTheNameThatItIsLookedUpBy() throws Exception {
    Identifier address = new Identifier("ip", "127.0.0.1");

    solver.present(request(address, "a")).block(PATIENCE);

    assertThat(validated(address, "a")).isEmpty();
    assertThat(ask("1.0.0.127.in-addr.arpa", "acme-tls/1").certificate())
        .satisfies(
            shown ->
                assertThat(shown.getSubjectAlternativeNames())
                    .singleElement()
                    .isEqualTo(List.of(7, "127.0.0.1")));
  }

  @Test
  void anAddressOfTheSixthVersionToo() {
    InetAddress address = NetUtil.LOCALHOST6;
    Assumptions.assumeTrue(TlsProbe.isHere(address), "this machine has no ::1");
    TlsAlpn01Solver six = TlsAlpn01Solver.builder().address(address).port(0).build();
    Identifier identifier = new Identifier("ip", "::1");

    six.present(request(identifier, "a")).block(PATIENCE);
    String wrong = validated(six.port(), identifier, "a");
    six.disposeLater().block(PATIENCE);

    assertThat(wrong).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.17, 17.2.0.192.in-addr.arpa",
    "::1, 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
    "2001:db8::ff, f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
  })
  void theNameThatAnAddressIsLookedUpBy(String address, String name) {
    assertThat(TlsAlpn01.serverName(new Identifier("ip", address))).isEqualTo(name);
  }

  @Test
  void whoAsksForAnythingElseIsRefusedByAnAlert() {
    solver.present(request(NAME, "a")).block(PATIENCE);

    assertThatThrownBy(() -> ask("other.example.org", "acme-tls/1").certificate())
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("unrecognized_name");
    for (String[] protocols :
        new String[][] {{}, {"h2"}, {"acme-tls/1", "h2"}, {"h2", "acme-tls/1"}, {"acme-tls/2"}}) {
      assertThatThrownBy(() -> ask("www.example.org", protocols).certificate())
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("no_application_protocol");
    }
    assertThat(validated(NAME, "a")).isEmpty();
  }

  @Test
  void theConnectionIsClosedAfterTheHandshake() throws Exception {
    solver.present(request(NAME, "a")).block(PATIENCE);

    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      assertThat(ask("WWW.example.org", "acme-tls/1").version(version).readsAfterHandshake())
          .as(version)
          .isEqualTo(-1);
    }
  }

  @Test
  void whatIsNotTlsIsClosed() throws Exception {
    solver.present(request(NAME, "a")).block(PATIENCE);

    assertThat(
            PlainBytes.answered(solver.port(), "GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n"))
        .doesNotContain("HTTP", "www");
    assertThat(validated(NAME, "a")).isEmpty();
  }

  @Test
  void whatIsPresentedAgainTakesThePlaceAndSurvivesTheCleanUpOfTheFirst() {
    solver.present(request(NAME, "old")).block(PATIENCE);
    solver.present(request(NAME, "new")).block(PATIENCE);
    assertThat(validated(NAME, "new")).isEmpty();

    solver.cleanUp(request(NAME, "old")).block(PATIENCE);

    assertThat(validated(NAME, "new")).isEmpty();
  }

  /** Two orders for one name: when the later one is over, the earlier one is shown again. */
  @Test
  void theProofOfAnotherOrderIsShownAgainAfterTheLaterOne() {
    solver.present(request(NAME, "first")).block(PATIENCE);
    solver.present(request(NAME, "second")).block(PATIENCE);

    solver.cleanUp(request(NAME, "second")).block(PATIENCE);

    assertThat(validated(NAME, "first")).isEmpty();
  }

  /** BlockHound looks on. */
  @Test
  void manyNamesAreSetUpAtOnceFromThreadsThatMustNotBlock() {
    List<Identifier> names =
        Flux.range(0, 16).map(i -> Identifier.dns("n" + i + ".example.org")).collectList().block();

    Flux.fromIterable(names)
        .flatMap(
            name -> solver.present(request(name, name.value())).subscribeOn(Schedulers.parallel()),
            16)
        .blockLast(PATIENCE);

    assertThat(names).allSatisfy(name -> assertThat(validated(name, name.value())).isEmpty());
  }

  @Test
  void aCancelLeavesNothingAfterCleanUp() {
    for (int i = 0; i < 20; i++) {
      solver.present(request(NAME, "cancelled")).subscribe().dispose();
      solver.cleanUp(request(NAME, "cancelled")).block(PATIENCE);
    }
    solver.present(request(Identifier.dns("other.example.org"), "a")).block(PATIENCE);

    assertThatThrownBy(() -> ask("www.example.org", "acme-tls/1").certificate())
        .hasMessageContaining("unrecognized_name");
  }

  @Test
  void aPortInUseIsAnErrorThatSaysSo() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 50, LOOPBACK)) {
      TlsAlpn01Solver blocked =
          TlsAlpn01Solver.builder().address(LOOPBACK).port(other.getLocalPort()).build();

      StepVerifier.create(blocked.present(request(NAME, "a")))
          .consumeErrorWith(
              error ->
                  assertThat(error)
                      .isInstanceOf(SolverException.class)
                      .hasMessageContaining("port " + other.getLocalPort() + ", which is in use: ")
                      .hasMessageContaining("forward port 443 to it"))
          .verify(PATIENCE);
      blocked.disposeLater().block(PATIENCE);
    }
  }

  @Test
  void anAddressThatIsNoneIsAnError() {
    StepVerifier.create(solver.present(request(new Identifier("ip", "here"), "a")))
        .verifyError(IllegalArgumentException.class);
  }

  @Test
  void aClosedSolverFreesThePortAndShowsNoMore() throws Exception {
    solver.present(request(NAME, "a")).block(PATIENCE);
    int port = solver.port();

    solver.disposeLater().block(PATIENCE);

    new ServerSocket(port, 50, LOOPBACK).close();
    StepVerifier.create(solver.present(request(NAME, "a")))
        .verifyErrorMessage("the tls-alpn-01 solver is closed");
  }

  @Test
  void itSolvesTlsAlpn01ForEverythingButWildcards() {
    SolverRequest wildcard =
        new SolverRequest(
            Identifier.dns("example.org"), true, TOKEN, "x", URI.create("https://ca.example/1"));

    assertThat(solver.type()).isEqualTo("tls-alpn-01");
    assertThat(solver.outlivesProcess()).isFalse();
    assertThat(solver.solves(request(NAME, "a"))).isTrue();
    assertThat(solver.solves(wildcard)).isFalse();
    assertThatIllegalArgumentException().isThrownBy(() -> TlsAlpn01Solver.onPort(65_536));
  }
}
