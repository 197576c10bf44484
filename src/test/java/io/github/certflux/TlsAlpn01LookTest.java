package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.challenge.TlsAlpn01Solver;
import io.github.certflux.protocol.Identifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;

/** What a handshake finds at a server, in place of the CA. */
class TlsAlpn01LookTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Identifier NAME = Identifier.dns("www.example.org");

  private final TlsAlpn01Solver solver = TlsAlpn01Solver.onPort(0);

  @AfterEach
  void close() {
    solver.disposeLater().block(PATIENCE);
  }

  private static SolverRequest request(Identifier identifier, String keyAuthorization) {
    return new SolverRequest(
        identifier, false, "token", keyAuthorization, URI.create("https://ca.example/1"));
  }

  /** What is found; empty where all is well. */
  private static String look(int port, SolverRequest request) {
    Addresses loopback =
        new Addresses(name -> Mono.just(List.of(InetAddress.getLoopbackAddress())));
    return new TlsAlpn01Look(loopback, port)
        .look(request)
        .thenReturn("")
        .onErrorResume(NotSeen.class, error -> Mono.just(error.getMessage()))
        .block(PATIENCE);
  }

  @Test
  void theProofOfANameOrAnAddressIsSeen() {
    SolverRequest name = request(NAME, "token.key");
    SolverRequest address = request(new Identifier("ip", "127.0.0.1"), "token.key");
    solver.present(name).then(solver.present(address)).block(PATIENCE);

    assertThat(look(solver.port(), name)).isEmpty();
    assertThat(look(solver.port(), address)).isEmpty();
  }

  @Test
  void theProofOfAnotherChallengeIsTold() {
    solver.present(request(NAME, "token.other")).block(PATIENCE);

    assertThat(look(solver.port(), request(NAME, "token.key")))
        .startsWith("the handshake for www.example.org at ")
        .endsWith("found the proof of another challenge");
  }

  @Test
  void aServerThatKnowsNoSuchChallengeIsTold() {
    solver.present(request(NAME, "token.key")).block(PATIENCE);

    assertThat(look(solver.port(), request(Identifier.dns("other.example.org"), "token.key")))
        .contains("expected a certificate with the proof, by acme-tls/1, found a refusal");
  }

  @Test
  void aServerWithoutTlsIsTold() {
    DisposableServer plain =
        TcpServer.create()
            .bindAddress(() -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .handle((in, out) -> out.sendString(Mono.just("220 mail.example.org\r\n")))
            .bindNow(PATIENCE);

    assertThat(look(plain.port(), request(NAME, "token.key"))).contains("found ");
    plain.disposeNow(PATIENCE);

    assertThat(look(plain.port(), request(NAME, "token.key"))).contains("found no answer at");
  }
}
