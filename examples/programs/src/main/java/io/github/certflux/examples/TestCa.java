package io.github.certflux.examples;

import io.github.certflux.testca.TestCaBuilder;
import io.github.certflux.testca.Validation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Mono;

/** The embedded test CA on its own, for any ACME client */
@Command(
    name = "test-ca",
    sortOptions = false,
    description = {
      "Runs the embedded test CA on its own, for any ACME client, until it is interrupted. Its"
          + " keys are made anew at each start.",
      ""
    })
final class TestCa implements Callable<Integer> {

  @Option(
      names = "--port",
      paramLabel = "P",
      defaultValue = "0",
      description = "listen on this port of 127.0.0.1 (default: any that is free)")
  private int port;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      defaultValue = "test-ca.pem",
      description =
          "write the root there that signs certificates and the CA's own for TLS (default:"
              + " ${DEFAULT-VALUE})")
  private Path ca = Path.of("");

  @Option(
      names = "--fronts",
      paramLabel = "N",
      defaultValue = "3",
      description = "front ends behind the one address (default: ${DEFAULT-VALUE})")
  private int fronts;

  @Option(
      names = "--ttl",
      paramLabel = "D",
      defaultValue = "5s",
      converter = DurationConverter.class,
      description =
          "how long a front end keeps an account in its cache (default: ${DEFAULT-VALUE}; 0s:"
              + " no cache)")
  private Duration ttl = Duration.ZERO;

  @Option(
      names = "--lags",
      paramLabel = "D",
      defaultValue = "0s",
      split = ",",
      converter = DurationConverter.class,
      description = "the lag of each read replica, such as 0s,2s,500ms (default: ${DEFAULT-VALUE})")
  private List<Duration> lags = List.of();

  @Option(
      names = "--validation",
      paramLabel = "always|http-01",
      defaultValue = "always",
      description =
          "take every challenge for proved, or look for the proof at 127.0.0.1 whatever the name"
              + " (default: ${DEFAULT-VALUE})")
  private String validation = "";

  @Option(
      names = "--http-port",
      paramLabel = "P",
      defaultValue = "5002",
      description = "where http-01 looks (default: ${DEFAULT-VALUE})")
  private int httpPort;

  @Option(
      names = "--nonce-rejection",
      paramLabel = "F",
      defaultValue = "0",
      description = "the part of good nonces that is refused, 0 to 1 (default: ${DEFAULT-VALUE})")
  private double nonceRejection;

  @Option(names = "--help", usageHelp = true, description = "show this")
  private boolean help;

  @Spec private @Nullable CommandSpec command;

  public static void main(String... args) {
    Program.run(new TestCa(), args);
  }

  @Override
  public Integer call() {
    require(port >= 0 && port < 65_536, "--port must be 0 to 65535");
    require(httpPort > 0 && httpPort < 65_536, "--http-port must be 1 to 65535");
    require(fronts > 0, "--fronts must be at least 1");
    require(nonceRejection >= 0 && nonceRejection <= 1, "--nonce-rejection must be 0 to 1");
    require(
        validation.equals("always") || validation.equals("http-01"),
        "--validation must be always or http-01, not " + validation);
    Mono.usingWhen(
            setUp().start().onErrorMap(this::notListening),
            running -> announced(running).then(Program.interrupted()),
            io.github.certflux.testca.TestCa::disposeLater)
        .block();
    return Program.DONE;
  }

  private TestCaBuilder setUp() {
    return io.github.certflux.testca.TestCa.builder()
        .port(port)
        .fronts(fronts)
        .cacheTtl(ttl)
        .lags(lags)
        .nonceRejection(nonceRejection)
        .validation(
            validation.equals("always") ? Validation.always() : Validation.http01(httpPort));
  }

  private Mono<Void> announced(io.github.certflux.testca.TestCa running) {
    return Program.blocking(() -> running.writeRoot(ca))
        .onErrorMap(
            IOException.class,
            e -> new Program.Failure("--ca " + ca + " can't be written: " + Program.reason(e), e))
        .doOnNext(
            root -> {
              System.out.println("root       " + root.toAbsolutePath());
              System.out.println("directory  " + running.directory());
            })
        .then();
  }

  private Throwable notListening(Throwable error) {
    Throwable reason = error.getCause() == null ? error : error.getCause();
    String words = String.valueOf(reason.getMessage());
    return new Program.Failure(
        "can't listen on port "
            + port
            + " of 127.0.0.1: "
            + (words.contains("in use") ? "it is in use" : words),
        error);
  }

  private void require(boolean condition, String message) {
    Program.require(command, condition, message);
  }
}
