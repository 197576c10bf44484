package io.github.certflux.crash;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.Dns01Solver;
import io.github.certflux.contract.NamedServer;
import io.github.certflux.dns.DnsProvider;
import io.github.certflux.dns.Rfc2136Provider;
import io.github.certflux.dns.TxtRecord;
import io.github.certflux.store.FileStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** Orders a name and its wildcard, proved in the DNS, and stands still on the way. */
final class DnsProgram {
  static final AccountRequest REQUEST = AccountRequest.create().agreeToTerms();

  private DnsProgram() {}

  /** What it says when it begins to. */
  static final String TAKING_AWAY = "taking away";

  /** Where the program stands still until it is killed. */
  enum At {
    /** Written down, and nothing in the DNS yet. */
    WRITTEN_DOWN,
    /** One of two values stands, and nobody knows about the other one. */
    HALF_SET_UP,
    /** Both values stand, and the CA has been told to look. */
    LOOKED_AT,
    /** The CA has seen them, and they are about to be taken away. */
    TAKING_AWAY
  }

  static Rfc2136Provider provider(int dnsPort) {
    return Rfc2136Provider.builder("127.0.0.1", dnsPort)
        .key(NamedServer.KEY, "hmac-sha256", NamedServer.SECRET)
        .build();
  }

  static AcmeClient client(URI directory, Path root, String store, DnsProvider dns)
      throws IOException {
    return AcmeClient.builder(directory)
        .trust(Files.readAllBytes(root))
        .store(FileStore.at(Path.of(store)))
        .solver(Dns01Solver.builder(dns).withoutAliases().propagation(Duration.ZERO).build())
        .build();
  }

  /** Writes as another one does, up to a step. */
  private record Halting(DnsProvider dns, At at, AtomicInteger written) implements DnsProvider {
    @Override
    public String name() {
      return dns.name();
    }

    @Override
    public Mono<Void> add(TxtRecord record) {
      return Mono.defer(
          () -> {
            int time = written.incrementAndGet();
            return switch (at) {
              case WRITTEN_DOWN -> Mono.never();
              case HALF_SET_UP -> time == 1 ? dns.add(record) : Mono.never();
              case LOOKED_AT, TAKING_AWAY -> dns.add(record);
            };
          });
    }

    @Override
    public Mono<Void> remove(TxtRecord record) {
      return Mono.<Void>never().doOnSubscribe(begins -> System.out.println(TAKING_AWAY));
    }
  }

  /**
   * Runs until it is killed.
   *
   * @param arguments directory, root certificate, store, port of the DNS server, name, and the step
   *     up to which it goes
   */
  public static void main(String[] arguments) throws IOException {
    AcmeClient client =
        client(
            URI.create(arguments[0]),
            Path.of(arguments[1]),
            arguments[2],
            new Halting(
                provider(Integer.parseInt(arguments[3])),
                At.valueOf(arguments[5]),
                new AtomicInteger()));
    client
        .account(REQUEST)
        .flatMap(account -> account.issue(OrderRequest.of(arguments[4], "*." + arguments[4])))
        .then(Mono.never())
        .block();
  }
}
