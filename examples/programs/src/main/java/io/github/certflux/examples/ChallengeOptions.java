package io.github.certflux.examples;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.challenge.TlsAlpn01Solver;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.testca.Validation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.BiFunction;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

/** How names are proved, and where the CA is answered. */
final class ChallengeOptions {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  @Option(
      names = "--challenge",
      paramLabel = "http-01|tls-alpn-01|dns-01",
      defaultValue = Challenge.HTTP_01,
      description = "how the names are proved (default: ${DEFAULT-VALUE})")
  private String type = Challenge.HTTP_01;

  @Option(
      names = "--http-port",
      paramLabel = "P",
      description =
          "answer http-01 on this port (default: 80, where CAs look; with the embedded test CA any"
              + " that is free)")
  private @Nullable Integer httpPort;

  @Option(
      names = "--tls-port",
      paramLabel = "P",
      description =
          "answer tls-alpn-01 on this port (default: 443, where CAs look; with the embedded test CA"
              + " any that is free)")
  private @Nullable Integer tlsPort;

  @Mixin private DnsOptions dns = new DnsOptions();

  /** Works with the server of the options and with a solver; the embedded CA finds every name. */
  <T> Mono<T> with(ServerOptions server, BiFunction<Session, ChallengeSolver, Mono<T>> work) {
    switch (type) {
      case Challenge.HTTP_01:
        Http01Solver http = Http01Solver.onPort(port(server, "--http-port", httpPort, HTTP));
        return with(server, http, Validation.http01(name -> listening(http::port)), work);
      case Challenge.TLS_ALPN_01:
        TlsAlpn01Solver tls = TlsAlpn01Solver.onPort(port(server, "--tls-port", tlsPort, HTTPS));
        return with(server, tls, Validation.tlsAlpn01(name -> listening(tls::port)), work);
      case Challenge.DNS_01:
        server.require(
            server.directory().isPresent() || dns.resolver().isPresent(),
            "the embedded test CA needs a --resolver for dns-01");
        return with(
            server,
            dns.solver(server),
            dns.resolver().map(Validation::dns).orElseGet(Validation::always),
            work);
      default:
        server.require(false, "--challenge must be http-01, tls-alpn-01 or dns-01, not " + type);
        return Mono.empty();
    }
  }

  private static int port(
      ServerOptions server, String option, @Nullable Integer given, int whereCasLook) {
    int port = given != null ? given : server.directory().isPresent() ? whereCasLook : 0;
    server.require(port >= 0 && port < 65_536, option + " must be 0 to 65535, not " + port);
    return port;
  }

  private static <T> Mono<T> with(
      ServerOptions server,
      ChallengeSolver solver,
      Validation validation,
      BiFunction<Session, ChallengeSolver, Mono<T>> work) {
    return Mono.usingWhen(
        Mono.just(solver),
        open ->
            Session.with(
                server, ca -> ca.validation(validation), session -> work.apply(session, open)),
        ChallengeSolver::disposeLater);
  }

  private static InetSocketAddress listening(IntSupplier port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port.getAsInt());
  }
}
