package io.github.certflux.examples;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.FileStore;
import io.github.certflux.store.PostgresStore;
import io.github.certflux.store.RedisStore;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** One node of a cluster: keeps certificates valid together with the others, and serves them */
@Command(
    name = "cluster-node",
    sortOptions = false,
    description = {
      "One node of a cluster, as the example cluster starts it: keeps a certificate for each name"
          + " valid together with all others on the same store, answers http-01 for all of them,"
          + " and serves the certificates. It tells what it does in lines, until it is ended.",
      ""
    })
final class ClusterNode implements Callable<Integer> {

  @Option(
      names = "--store",
      paramLabel = "URL",
      required = true,
      description = "a directory, redis://… or r2dbc:postgresql://…")
  private String store = "";

  @Option(names = "--ca", paramLabel = "URL", required = true, description = "the CA's directory")
  private URI ca = URI.create("");

  @Option(
      names = "--trust",
      paramLabel = "PEM",
      required = true,
      description = "the roots of the CA's TLS certificate")
  private Path trust = Path.of("");

  @Option(
      names = "--names",
      paramLabel = "NAME",
      split = ",",
      required = true,
      description = "what to keep certificates for, one for each")
  private List<String> names = List.of();

  @Option(
      names = "--lease-term",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = DurationConverter.class,
      description =
          "how long what this node works on stays its own when it is gone (default: ${DEFAULT-VALUE})")
  private Duration leaseTerm = Duration.ZERO;

  @Option(
      names = "--http-port",
      paramLabel = "P",
      required = true,
      description = "answer http-01 on this port of 127.0.0.1")
  private int httpPort;

  @Option(
      names = "--https-port",
      paramLabel = "P",
      required = true,
      description = "serve on this port of 127.0.0.1")
  private int httpsPort;

  @Option(names = "--help", usageHelp = true, description = "show this")
  private boolean help;

  public static void main(String... args) {
    Program.run(new ClusterNode(), args);
  }

  @Override
  public Integer call() throws Exception {
    AcmeStore shared = new ToldStore(opened(), ClusterNode::say);
    Http01Solver solver = Http01Solver.builder().inServer().store(shared).build();
    AcmeClient acme =
        AcmeClient.builder(ca)
            .trust(Files.readAllBytes(trust))
            .store(shared)
            .solver(solver)
            .leaseTerm(leaseTerm)
            .build();
    // The CA is the cluster's own: there is no limit to keep to.
    CertificateManager manager =
        CertificateManager.builder(shared)
            .ca(acme, AccountRequest.create().agreeToTerms())
            .newOrders(10_000, Duration.ofMinutes(1))
            .build();
    DisposableServer http =
        HttpServer.create().host("127.0.0.1").port(httpPort).route(solver::addTo).bindNow();
    say("LISTENING");
    Mono<Void> kept =
        manager
            .manage(names.toArray(String[]::new))
            .doOnNext(event -> say(event.toString()))
            .then();
    Mono.when(kept, served(manager)).takeUntilOther(Program.interrupted()).block();
    http.disposeNow();
    manager.disposeLater().then(acme.disposeLater()).then(shared.disposeLater()).block();
    return Program.DONE;
  }

  private AcmeStore opened() {
    if (store.startsWith("redis")) {
      return RedisStore.at(store);
    }
    if (store.startsWith("r2dbc:")) {
      return PostgresStore.on(
          new ConnectionPool(
              ConnectionPoolConfiguration.builder(ConnectionFactories.get(store))
                  .initialSize(0)
                  .maxSize(10)
                  .build()));
    }
    return FileStore.at(Path.of(store));
  }

  /** As soon as there is a certificate for every name. */
  private Mono<Void> served(CertificateManager manager) throws SSLException {
    String[] all = names.toArray(String[]::new);
    SslContext tls = SslContextBuilder.forServer(manager.keyManager()).build();
    return Flux.interval(Duration.ofMillis(100))
        .takeUntil(tick -> Arrays.stream(all).allMatch(n -> manager.certificate(n).isPresent()))
        .then(
            HttpServer.create()
                .host("127.0.0.1")
                .port(httpsPort)
                .secure(spec -> spec.sslContext(tls))
                .bind()
                .cast(DisposableServer.class))
        .doOnNext(server -> say("READY"))
        .flatMap(DisposableServer::onDispose);
  }

  /** In whole lines, from any thread. */
  private static synchronized void say(String line) {
    System.out.println(line);
  }
}
