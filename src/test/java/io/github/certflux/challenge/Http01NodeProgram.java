package io.github.certflux.challenge;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.store.FileStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** A node of a cluster, as a process of its own. */
final class Http01NodeProgram {
  static final String PORT = "port ";
  static final String ISSUED = "issued";

  private Http01NodeProgram() {}

  /**
   * Says its port, and begins to issue when it is told to; answers until its input ends.
   *
   * @param arguments directory, root certificate, store, label of the names, how many names
   */
  public static void main(String[] arguments) throws IOException {
    BufferedReader told =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    FileStore store = FileStore.at(Path.of(arguments[2]));
    Http01Solver solver =
        Http01Solver.builder()
            .address(InetAddress.getLoopbackAddress())
            .port(0)
            .store(store)
            .build();
    AcmeClient client =
        AcmeClient.builder(URI.create(arguments[0]))
            .trust(Files.readAllBytes(Path.of(arguments[1])))
            .store(store)
            .solver(solver)
            .build();
    // listens from its first proof on
    SolverRequest first = TlsAlpn01SolverTest.request(Identifier.dns("first.example.org"), "first");
    solver.present(first).then(solver.cleanUp(first)).block();
    System.out.println(PORT + solver.port());

    told.readLine();
    List<String> names =
        IntStream.range(0, Integer.parseInt(arguments[4]))
            .mapToObj(i -> arguments[3] + i + ".example.org")
            .toList();
    client
        .account(AccountRequest.create().agreeToTerms())
        .flatMap(account -> account.issue(OrderRequest.of(names)))
        .block();
    System.out.println(ISSUED);
    told.readLine(); // answers for the others
    client.disposeLater().then(solver.disposeLater()).then(store.disposeLater()).block();
  }
}
