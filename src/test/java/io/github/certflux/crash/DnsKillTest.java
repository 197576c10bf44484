package io.github.certflux.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeClient;
import io.github.certflux.contract.NamedServer;
import io.github.certflux.testca.TestCa;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A process is killed (SIGKILL) while its proof stands in the DNS. */
class DnsKillTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final String NAME = "killed." + NamedServer.ZONE;
  private static final String RECORD = "_acme-challenge." + NAME;

  private final NamedServer bind = NamedServer.started();

  @Test
  void whatAKilledProcessLeftInTheDnsIsGoneAfterTheNextStart(@TempDir Path folder)
      throws Exception {
    Path root = folder.resolve("root.pem");
    String store = folder.resolve("store").toString();
    try (TestCa ca = TestCa.builder().validation(request -> Mono.never()).startNow()) {
      Files.writeString(root, ca.rootPem());
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  DnsProgram.class.getName(),
                  ca.directory().toString(),
                  root.toString(),
                  store,
                  Integer.toString(bind.port()),
                  NAME)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("program.log").toFile())
              .start();
      try {
        await(values -> values.size() == 2, folder);
      } finally {
        process.destroyForcibly().waitFor();
      }
      assertThat(bind.txt(RECORD)).hasSize(2);

      AcmeClient next = DnsProgram.client(ca.directory(), root, store, bind.port());
      next.account(DnsProgram.REQUEST).block(PATIENCE);
      await(Set::isEmpty, folder);
      next.disposeLater().block(PATIENCE);
    }
  }

  private void await(Predicate<Set<String>> wanted, Path folder) {
    Mono.fromSupplier(() -> bind.txt(RECORD))
        .subscribeOn(Schedulers.boundedElastic())
        .filter(wanted)
        .repeatWhenEmpty(empty -> empty.delayElements(LOOK))
        .timeout(PATIENCE)
        .onErrorMap(late -> new AssertionError("see " + folder.resolve("program.log"), late))
        .block();
  }
}
