package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.internal.Chains;
import io.github.certflux.internal.KeyPem;
import io.github.certflux.store.StoreRecord;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a managed name costs in memory beyond its certificate and its key: what is live after a
 * collection with a manager, less what is live without, and less the same certificates and keys
 * held by a list. Run by itself with a number of names: {@code .ci/soak manager}.
 */
final class Footprint {
  private Footprint() {}

  /** Bytes for each name. */
  static long bytesPerName(int names) {
    World world = new World();
    world.ca.ari =
        issued ->
            CheapCa.window(
                issued.plus(Duration.ofDays(29)),
                issued.plus(Duration.ofDays(31)),
                Duration.ofDays(1));
    List<OrderRequest> all =
        IntStream.range(0, names)
            .mapToObj(i -> OrderRequest.of("customer-" + i + ".example.org"))
            .toList();
    CertificateManager first =
        world
            .builder(world.store)
            .authority(world.ca)
            .newOrders(1_000_000, Duration.ofHours(1))
            .build();
    first.manage(all).subscribe();
    world.pass(Duration.ofMinutes(5));
    first.disposeLater().subscribe();

    List<Object> alone = new ArrayList<>();
    List<String> paths = world.store.list("certificates").collectList().block();
    long empty = live();
    for (String path : paths) {
      StoreRecord record = world.store.read(path).block();
      if (path.endsWith(".pem")) {
        alone.add(KeyPem.parse(record.text()));
      } else if (path.endsWith(".crt")) {
        alone.add(Chains.parse(record.content()));
      }
    }
    long certificatesAndKeys = live() - empty;
    if (alone.size() != 2 * names) {
      throw new AssertionError(alone.size() + " certificates and keys");
    }
    alone.clear();

    CertificateManager manager = world.manager();
    long before = live();
    manager.manage(all).subscribe();
    world.pass(Duration.ofMinutes(5));
    long managed = live() - before;
    if (manager.certificate("customer-" + (names - 1) + ".example.org").isEmpty()) {
      throw new AssertionError("not all were found");
    }
    return (managed - certificatesAndKeys) / names;
  }

  private static long live() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  /** The whole, for figures; a failure is an exit code. */
  public static void main(String[] args) {
    int names = Integer.parseInt(args[0]);
    long bytes = bytesPerName(names);
    System.out.printf("%d names: %d bytes a name beyond certificate and key%n", names, bytes);
    System.exit(bytes <= 8 * 1024 ? 0 : 1);
  }
}
