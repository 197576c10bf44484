package io.github.certflux.examples;

import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.testca.Validation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

/** Where http-01 is answered. */
final class Http01Options {
  private static final int HTTP = 80;

  @Option(
      names = "--http-port",
      paramLabel = "P",
      description =
          "answer http-01 on this port (default: 80, where CAs look; with the embedded test CA any"
              + " that is free)")
  private @Nullable Integer port;

  /** Works with the server of the options and with a solver; the embedded CA finds every name. */
  <T> Mono<T> with(ServerOptions server, BiFunction<Session, Http01Solver, Mono<T>> work) {
    int number = port != null ? port : server.directory().isPresent() ? HTTP : 0;
    server.require(number >= 0 && number < 65_536, "--http-port must be 0 to 65535, not " + number);
    return Mono.usingWhen(
        Mono.fromSupplier(() -> Http01Solver.onPort(number)),
        solver ->
            Session.with(
                server,
                ca -> ca.validation(Validation.http01(name -> listening(solver))),
                session -> work.apply(session, solver)),
        Http01Solver::disposeLater);
  }

  private static InetSocketAddress listening(Http01Solver solver) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), solver.port());
  }
}
