package io.github.certflux.examples;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeClientBuilder;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.Http01Solver;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpResources;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.LoopResources;

/** Thousands of certificates on one account, so many orders in flight, measured */
@Command(
    name = "bulk-issuance",
    sortOptions = false,
    description = {
      "Gets a certificate for each of N names on one account, C orders in flight at a time, and"
          + " measures what an order costs.",
      "",
      "In the library it is one call: a Flux of requests goes into AcmeAccount.issueAll, a Flux of"
          + " results comes out, each a certificate or an error. The account and the orders under"
          + " way are kept in memory unless --store is given.",
      ""
    })
final class BulkIssuance implements Callable<Integer> {
  @Mixin private ServerOptions server = new ServerOptions();

  @Option(
      names = "--orders",
      paramLabel = "N",
      defaultValue = "300",
      description = "how many certificates, each of one name (default: ${DEFAULT-VALUE})")
  private int orders;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "begin no order after so long, even where there are fewer than N by then")
  private @Nullable Duration time;

  @Option(
      names = "--in-flight",
      paramLabel = "C",
      defaultValue = "32",
      description = "how many orders are under way at a time (default: ${DEFAULT-VALUE})")
  private int inFlight;

  @Option(
      names = "--warmup",
      paramLabel = "W",
      defaultValue = "20",
      description = "so many orders before the measurement (default: ${DEFAULT-VALUE})")
  private int warmUp;

  @Option(
      names = "--domain",
      paramLabel = "NAME",
      defaultValue = "certflux-bench.com",
      description = "the parent of the names (default: ${DEFAULT-VALUE})")
  private String domain = "";

  @Option(
      names = "--http-port",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "answer http-01 on this port (default: any that is free, for servers that don't look)")
  private int httpPort;

  private final AtomicLong requests = new AtomicLong();
  private final String run = "r" + Long.toString(System.currentTimeMillis(), 36);

  public static void main(String... args) {
    Program.run(new BulkIssuance(), args);
  }

  @Override
  public Integer call() {
    server.require(orders > 0, "--orders must be at least 1, not " + orders);
    server.require(inFlight > 0, "--in-flight must be at least 1, not " + inFlight);
    server.require(warmUp >= 0, "--warmup must not be negative, but is " + warmUp);
    server.require(httpPort >= 0 && httpPort < 65_536, "--http-port must be 0 to 65535");
    server.checked("--domain", () -> OrderRequest.of(name(0)));
    // Four at least, unless told: on fewer cores they only get in each other's way.
    HttpResources.set(
        LoopResources.create("http", Runtime.getRuntime().availableProcessors(), true));
    BulkFigures figures =
        Mono.usingWhen(
                Mono.fromSupplier(() -> Http01Solver.onPort(httpPort)),
                solver -> Session.with(server, session -> measured(session, solver)),
                Http01Solver::disposeLater)
            .block();
    if (figures == null) {
      return Program.FAILED;
    }
    report(figures);
    if (server.json()) {
      Program.printJson(figures.toJson());
    }
    return figures.failed() == 0 ? Program.DONE : Program.FAILED;
  }

  private Mono<BulkFigures> measured(Session session, Http01Solver solver) {
    return server.store().isPresent()
        ? session.client(acme -> setUp(acme, solver), this::measured)
        : session.clientInMemory(acme -> setUp(acme, solver), this::measured);
  }

  private AcmeClientBuilder setUp(AcmeClientBuilder acme, Http01Solver solver) {
    return acme.solver(solver).httpClient(this::counted);
  }

  private HttpClient counted(HttpClient http) {
    return http.doOnRequest((request, connection) -> requests.incrementAndGet());
  }

  private Mono<BulkFigures> measured(AcmeClient acme) {
    return acme.account(AccountRequest.create().agreeToTerms())
        .flatMap(
            account ->
                warm(account)
                    .then(
                        Mono.using(
                            () -> new BulkProgress(orders, inFlight, requests::get),
                            progress -> issue(account, progress),
                            BulkProgress::close)));
  }

  private Mono<Void> warm(AcmeAccount account) {
    return account.issueAll(requests(0, warmUp, started -> {}), inFlight).then();
  }

  private Mono<BulkFigures> issue(AcmeAccount account, BulkProgress progress) {
    return account
        .issueAll(inTime(requests(warmUp, orders, progress::began)), inFlight)
        .doOnSubscribe(begins -> progress.start())
        .doOnNext(progress::ended)
        .then(Mono.fromSupplier(progress::figures));
  }

  private Flux<OrderRequest> inTime(Flux<OrderRequest> all) {
    return time == null ? all : all.take(time);
  }

  /** Made one by one, as the library asks for them. */
  private Flux<OrderRequest> requests(int first, int count, Consumer<OrderRequest> began) {
    return Flux.range(first, count).map(number -> OrderRequest.of(name(number))).doOnNext(began);
  }

  private String name(int number) {
    return run + "-" + number + "." + domain;
  }

  private static void report(BulkFigures all) {
    System.out.printf(
        Locale.ROOT,
        "%d certificates, %d failed, in %.1f s: %.1f a second%n"
            + "  an order   p50 %.2f s   p95 %.2f s   %.2f ms of CPU   %.2f requests%n"
            + "  process    %d threads   %d MB at its peak   %d MB of heap after a collection%n",
        all.n() - all.failed(),
        all.failed(),
        all.seconds(),
        all.ordersPerSecond(),
        all.p50(),
        all.p95(),
        all.cpuMsPerOrder(),
        all.requestsPerOrder(),
        all.threads(),
        all.peakRssMb(),
        all.heapMb());
  }
}
