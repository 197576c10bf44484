package io.github.certflux.cluster;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.FileStore;
import io.github.certflux.store.ForwardingStore;
import io.github.certflux.store.PostgresStore;
import io.github.certflux.store.RedisStore;
import io.github.certflux.store.StoreRecord;
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
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * One process of a cluster: keeps certificates and serves them, and says by lines what it does.
 * Arguments: the kind of store, where it is, the CA's directory, its root, the port, how many
 * names.
 */
public final class ClusterNode {

  private ClusterNode() {}

  /** Runs until it is killed. */
  public static void main(String[] arguments) throws Exception {
    AcmeStore store = new Fenced(store(arguments[0], arguments[1]));
    String[] names = names(Integer.parseInt(arguments[5]));
    AcmeClient acme =
        AcmeClient.builder(URI.create(arguments[2]))
            .trust(Files.readAllBytes(Path.of(arguments[3])))
            .store(store)
            .solver(new Unneeded())
            .build();
    CertificateManager manager =
        CertificateManager.builder(store)
            .ca(acme, AccountRequest.create().agreeToTerms())
            .newOrders(10_000, Duration.ofMinutes(1))
            .build();
    manager
        .manage(names)
        .doOnNext(event -> say("event " + event))
        .subscribe(event -> {}, error -> say("error " + error));
    Flux.interval(Duration.ofMillis(100))
        .takeUntil(tick -> Arrays.stream(names).allMatch(n -> manager.certificate(n).isPresent()))
        .blockLast();
    SslContext context = SslContextBuilder.forServer(manager.keyManager()).build();
    DisposableServer server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(Integer.parseInt(arguments[4]))
            .secure(spec -> spec.sslContext(context))
            .bindNow();
    say("ready");
    server.onDispose().block();
  }

  static String[] names(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "n" + i + ".cluster.example.org")
        .toArray(String[]::new);
  }

  private static AcmeStore store(String kind, String where) {
    return switch (kind) {
      case "files" -> FileStore.at(Path.of(where));
      case "redis" -> RedisStore.at(where);
      case "postgres" ->
          PostgresStore.on(
              new ConnectionPool(
                  ConnectionPoolConfiguration.builder(ConnectionFactories.get(where))
                      .initialSize(0)
                      .maxSize(10)
                      .build()));
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private static void say(String line) {
    System.out.println(line);
  }

  /** The CA takes everything for proved. */
  private static final class Unneeded implements ChallengeSolver {
    @Override
    public String type() {
      return "http-01";
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

  /** Tells of what was written under a lease. */
  private static final class Fenced extends ForwardingStore {
    Fenced(AcmeStore store) {
      super(store);
    }

    @Override
    public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
      Mono<StoreRecord> write = super.write(path, content, condition);
      return condition
          .lease()
          .map(lease -> write.doOnNext(done -> say("fenced " + lease.path() + " " + lease.token())))
          .orElse(write);
    }
  }
}
