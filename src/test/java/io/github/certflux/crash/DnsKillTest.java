package io.github.certflux.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeClient;
import io.github.certflux.contract.NamedServer;
import io.github.certflux.crash.DnsProgram.At;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A process is killed (SIGKILL) at each step of its proof in the DNS. */
class DnsKillTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LOOK = Duration.ofMillis(100);
  private final NamedServer bind = NamedServer.started();

  /** All at once, since most of the time is a wait for seats that nobody has any more. */
  @Test
  void whatAKilledProcessLeftInTheDnsIsGoneAfterTheNextStart(@TempDir Path folder) {
    Flux.fromArray(At.values())
        .flatMap(
            at ->
                Mono.fromCallable(
                        () -> killed(at, Files.createDirectory(folder.resolve(at.name()))))
                    .subscribeOn(Schedulers.boundedElastic()))
        .blockLast();
  }

  private At killed(At at, Path folder) throws Exception {
    Path root = folder.resolve("root.pem");
    String store = folder.resolve("store").toString();
    String name = at.name().toLowerCase(Locale.ROOT).replace('_', '-') + "." + NamedServer.ZONE;
    String record = "_acme-challenge." + name;
    Validation validation = at == At.TAKING_AWAY ? Validation.always() : request -> Mono.never();
    try (TestCa ca = TestCa.builder().validation(validation).startNow()) {
      Files.writeString(root, ca.rootPem());
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  DnsProgram.class.getName(),
                  ca.directory().toString(),
                  root.toString(),
                  store,
                  Integer.toString(bind.port()),
                  name,
                  at.name())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("program.log").toFile())
              .start();
      try {
        await(() -> hasComeTo(at, ca, folder, record), folder);
      } finally {
        process.destroyForcibly().waitFor();
      }
      assertThat(bind.txt(record)).hasSize(standing(at));

      AcmeClient next =
          DnsProgram.client(ca.directory(), root, store, DnsProgram.provider(bind.port()));
      next.account(DnsProgram.REQUEST).block(PATIENCE);
      await(() -> bind.txt(record).isEmpty() && proofs(folder).isEmpty(), folder);
      next.disposeLater().block(PATIENCE);
      return at;
    }
  }

  private static int standing(At at) {
    return switch (at) {
      case WRITTEN_DOWN -> 0;
      case HALF_SET_UP -> 1;
      case LOOKED_AT, TAKING_AWAY -> 2;
    };
  }

  private boolean hasComeTo(At at, TestCa ca, Path folder, String record) {
    return !proofs(folder).isEmpty()
        && bind.txt(record).size() == standing(at)
        && switch (at) {
          case WRITTEN_DOWN, HALF_SET_UP -> true;
          case LOOKED_AT -> ca.requests().count(Endpoint.CHALLENGE) > 0;
          case TAKING_AWAY -> said(folder).contains(DnsProgram.TAKING_AWAY);
        };
  }

  private static String said(Path folder) {
    try {
      return Files.readString(folder.resolve("program.log"));
    } catch (IOException e) {
      return "";
    }
  }

  /** What is written down of proofs. */
  private static List<Path> proofs(Path folder) {
    try (Stream<Path> all = Files.walk(folder.resolve("store"))) {
      return all.filter(path -> path.getParent().endsWith("proofs"))
          .filter(path -> path.toString().endsWith(".json"))
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  private void await(BooleanSupplier wanted, Path folder) {
    Mono.fromSupplier(wanted::getAsBoolean)
        .subscribeOn(Schedulers.boundedElastic())
        .filter(is -> is)
        .repeatWhenEmpty(empty -> empty.delayElements(LOOK))
        .timeout(PATIENCE)
        .onErrorMap(late -> new AssertionError("see " + folder.resolve("program.log"), late))
        .block();
  }
}
