package io.github.certflux.examples;

import io.github.certflux.AcmeClient;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.store.AcmeStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Certificates kept valid for any number of names, with a live table of them */
@Command(
    name = "manager",
    sortOptions = false,
    description = {
      "Keeps a certificate for each name valid until it is interrupted: obtains what is missing in"
          + " the store, renews when the CA suggests or in time, and shows what it does: a table in"
          + " a terminal, else a line for each event.",
      "",
      "The embedded test CA issues certificates for --lifetime, so that there is something to see."
          + " A second start on the same --store orders nothing that is still good.",
      ""
    })
final class Manager implements Callable<Integer> {
  @Mixin private ServerOptions server = new ServerOptions();
  @Mixin private AccountOptions account = new AccountOptions();

  @Option(
      names = "--names",
      paramLabel = "NAME",
      split = ",",
      required = true,
      description = "what to keep certificates for, one for each")
  private List<String> names = List.of();

  @Option(
      names = "--lifetime",
      paramLabel = "TIME",
      defaultValue = "60s",
      converter = DurationConverter.class,
      description = "of the embedded test CA's certificates (default: ${DEFAULT-VALUE})")
  private Duration lifetime = Duration.ZERO;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "end after so long (default: when interrupted)")
  private @Nullable Duration time;

  @Option(
      names = "--http-port",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "answer http-01 on this port (default: any that is free, for servers that don't look)")
  private int httpPort;

  public static void main(String... args) {
    Program.run(new Manager(), args);
  }

  @Override
  public Integer call() {
    names.forEach(name -> server.checked("--names", () -> OrderRequest.of(name)));
    server.require(httpPort >= 0 && httpPort < 65_536, "--http-port must be 0 to 65535");
    server.require(
        lifetime.compareTo(Duration.ofSeconds(10)) >= 0, "--lifetime must be at least 10s");
    ManagerTable table = new ManagerTable(names);
    Mono.usingWhen(
            Mono.fromSupplier(() -> Http01Solver.onPort(httpPort)),
            solver ->
                Session.with(
                    server,
                    ca -> ca.certificateLifetime(lifetime),
                    session ->
                        session.clientAndStore(
                            acme -> acme.solver(solver),
                            (acme, store) -> kept(acme, store, table))),
            Http01Solver::disposeLater)
        .block();
    if (server.json()) {
      Program.printJson(table.toJson());
    }
    return table.failures() == 0 ? Program.DONE : Program.FAILED;
  }

  private Mono<Boolean> kept(AcmeClient acme, AcmeStore store, ManagerTable table) {
    return Mono.usingWhen(
        Program.blocking(
            () -> CertificateManager.builder(store).ca(acme, account.request(server)).build()),
        manager -> shown(manager, table).thenReturn(true),
        CertificateManager::disposeLater);
  }

  private Mono<Void> shown(CertificateManager manager, ManagerTable table) {
    Mono<?> end = time == null ? Mono.never() : Mono.delay(time);
    Mono<Void> drawn = Flux.interval(Duration.ofMillis(500)).doOnNext(tick -> table.draw()).then();
    Mono<Void> told = manager.manage(names.toArray(String[]::new)).doOnNext(table::tell).then();
    return Mono.when(told, drawn).takeUntilOther(end);
  }
}
