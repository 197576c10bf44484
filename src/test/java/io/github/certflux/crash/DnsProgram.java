package io.github.certflux.crash;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.Dns01Solver;
import io.github.certflux.contract.NamedServer;
import io.github.certflux.dns.Rfc2136Provider;
import io.github.certflux.store.FileStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Orders a name and its wildcard, proved in the DNS. */
final class DnsProgram {
  static final AccountRequest REQUEST = AccountRequest.create().agreeToTerms();

  private DnsProgram() {}

  static AcmeClient client(URI directory, Path root, String store, int dnsPort) throws IOException {
    return AcmeClient.builder(directory)
        .trust(Files.readAllBytes(root))
        .store(FileStore.at(Path.of(store)))
        .solver(
            Dns01Solver.builder(
                    Rfc2136Provider.builder("127.0.0.1", dnsPort)
                        .key(NamedServer.KEY, "hmac-sha256", NamedServer.SECRET)
                        .build())
                .withoutAliases()
                .propagation(Duration.ZERO)
                .build())
        .build();
  }

  /**
   * Runs until it is killed.
   *
   * @param arguments directory, root certificate, store, port of the DNS server, name
   */
  public static void main(String[] arguments) throws IOException {
    AcmeClient client =
        client(
            URI.create(arguments[0]),
            Path.of(arguments[1]),
            arguments[2],
            Integer.parseInt(arguments[3]));
    client
        .account(REQUEST)
        .flatMap(account -> account.issue(OrderRequest.of(arguments[4], "*." + arguments[4])))
        .block();
  }
}
