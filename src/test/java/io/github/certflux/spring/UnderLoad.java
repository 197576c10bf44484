package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.NAME;
import static io.github.certflux.spring.RunningApplication.PATIENCE;

import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** An application that is asked all the time while its certificate and its account key change. */
final class UnderLoad {
  private static final Duration PAUSE = Duration.ofSeconds(3);

  /** A little more is sent: what is promised is how many are answered. */
  private static final Duration BETWEEN_REQUESTS = Duration.ofNanos(4_800_000);

  private static final int ANSWERS_A_SECOND = 200;

  /** From when the CA has signed it until each new connection is shown a certificate. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private final int renewals;
  private final int rollovers;
  private final Duration pause;
  private final Duration betweenRequests;

  /**
   * Not begun.
   *
   * @param renewals how many there are, one after the other
   * @param rollovers of the account's key, evenly among them
   * @param pause after each
   * @param betweenRequests from one request to the next
   */
  UnderLoad(int renewals, int rollovers, Duration pause, Duration betweenRequests) {
    this.renewals = renewals;
    this.rollovers = rollovers;
    this.pause = pause;
    this.betweenRequests = betweenRequests;
  }

  /**
   * What came of it.
   *
   * @param load of the requests
   * @param handshakes of the new connections
   * @param late how many connections that began after the application was told of a certificate
   *     were shown another
   */
  record Result(Load.Result load, Handshakes.Result handshakes, int late) {}

  Result run(Path folder) throws Exception {
    Ports ports = new Ports();
    try (TestCa ca =
        TestCa.builder()
            .validation(Validation.tlsAlpn01(name -> ports.https()))
            .asynchronousIssuance(false) // or the client asks a second later
            .startNow()) {
      ca.writeRoot(folder.resolve("ca.pem"));
      try (RunningApplication application =
          RunningApplication.start(
              ca.directory().toString(), folder, ports, Map.of("server.http2.enabled", "true"))) {
        return changing(application, ca);
      }
    }
  }

  private Result changing(RunningApplication application, TestCa ca) throws Exception {
    Set<BigInteger> told = new HashSet<>();
    told.add(application.certificate().chain().get(0).getSerialNumber());
    Load load = new Load(application, betweenRequests);
    Handshakes handshakes = new Handshakes(application);
    handshakes.shakeHands();
    CompletableFuture<Load.Result> asked = load.run().toFuture();
    Disposable others = handshakes.begin();
    int late = 0;
    for (int i = 1; i <= renewals; i++) {
      application.bean(CertificateManager.class).renewNow(NAME).block(PATIENCE);
      BigInteger newest =
          serial(
              application.event(
                  event ->
                      event.kind() == CertificateEvent.Kind.RENEWED
                          && !told.contains(serial(event))));
      told.add(newest);
      late += handshakes.shakeHands().equals(newest) ? 0 : 1;
      if (i * rollovers / renewals > (i - 1) * rollovers / renewals) {
        application.bean(CertfluxEndpoint.class).act("rollover", null).block(PATIENCE);
      }
      Mono.delay(pause).block(PATIENCE);
    }
    load.end();
    Load.Result answers = asked.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    others.dispose();
    return new Result(answers, handshakes.result(ca.truth().certificates()), late);
  }

  private static BigInteger serial(CertificateEvent event) {
    return event.certificate().orElseThrow().chain().get(0).getSerialNumber();
  }

  /** The whole: {@code UnderLoad RENEWALS ROLLOVERS}. */
  public static void main(String[] args) throws Exception {
    int renewals = Integer.parseInt(args[0]);
    int rollovers = Integer.parseInt(args[1]);
    Path folder = Files.createTempDirectory("certflux-under-load");
    Result result = new UnderLoad(renewals, rollovers, PAUSE, BETWEEN_REQUESTS).run(folder);
    Load.Result load = result.load();
    Handshakes.Result handshakes = result.handshakes();
    PrintStream out = System.out;
    out.printf(
        "renewals=%d rollovers=%d seconds=%d sent=%d answered=%d failed=%d rate=%.1f slowestMs=%d kept=%d replaced=%d%n",
        renewals,
        rollovers,
        load.took().toSeconds(),
        load.sent(),
        load.answered(),
        load.failures().size(),
        load.answersASecond(),
        load.slowest().toMillis(),
        load.kept(),
        load.replaced());
    out.printf(
        "handshakes=%d failed=%d certificates=%d late=%d longestStaleMs=%d%n",
        handshakes.count(),
        handshakes.failures().size(),
        handshakes.certificates(),
        result.late(),
        handshakes.longestStale().toMillis());
    Stream.concat(load.failures().stream(), handshakes.failures().stream())
        .distinct()
        .limit(10)
        .forEach(out::println);
    boolean good =
        load.failures().isEmpty()
            && load.answered() == load.sent()
            && load.answersASecond() >= ANSWERS_A_SECOND
            && load.kept() == 2
            && handshakes.failures().isEmpty()
            && handshakes.certificates() == renewals + 1
            && result.late() == 0
            && handshakes.longestStale().compareTo(SOON) < 0;
    System.exit(good ? 0 : 1);
  }
}
