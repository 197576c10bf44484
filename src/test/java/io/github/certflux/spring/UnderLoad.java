package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.NAME;
import static io.github.certflux.spring.RunningApplication.PATIENCE;

import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider;

/** An application that is asked all the time while its certificate and its account key change. */
final class UnderLoad {
  private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(10);
  private static final Duration LIFE_OF_A_CONNECTION = Duration.ofMillis(500);
  private static final int IN_FLIGHT = 32;

  private final AtomicLong answered = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  /**
   * What came of it.
   *
   * @param answered requests that had their answer
   * @param failures the others
   * @param certificates how many different certificates new connections were shown
   * @param stale how many new connections were shown another than the newest
   */
  record Result(long answered, List<String> failures, int certificates, int stale) {}

  /** Runs the renewals one after the other, and the rollovers evenly among them. */
  Result run(Path folder, int renewals, int rollovers) throws Exception {
    Ports ports = new Ports();
    try (TestCa ca =
        TestCa.builder().validation(Validation.tlsAlpn01(name -> ports.https())).startNow()) {
      ca.writeRoot(folder.resolve("ca.pem"));
      try (RunningApplication application =
          RunningApplication.start(
              ca.directory().toString(), folder, ports, Map.of("server.http2.enabled", "true"))) {
        return changing(application, renewals, rollovers);
      }
    }
  }

  private Result changing(RunningApplication application, int renewals, int rollovers)
      throws Exception {
    Set<BigInteger> shown = new HashSet<>();
    int stale = 0;
    BigInteger newest = application.certificate().chain().get(0).getSerialNumber();
    shown.add(application.shown(NAME).getSerialNumber());
    ConnectionProvider connections =
        ConnectionProvider.builder("load")
            .maxConnections(IN_FLIGHT)
            .maxLifeTime(LIFE_OF_A_CONNECTION)
            .pendingAcquireMaxCount(-1)
            .pendingAcquireTimeout(PATIENCE)
            .build();
    Disposable http1 = asking(application, connections, HttpProtocol.HTTP11);
    Disposable http2 = asking(application, connections, HttpProtocol.H2);
    for (int i = 1; i <= renewals; i++) {
      BigInteger before = newest;
      application.bean(CertificateManager.class).renewNow(NAME).block(PATIENCE);
      newest =
          serial(
              application.event(
                  event ->
                      event.kind() == CertificateEvent.Kind.RENEWED
                          && !shown.contains(serial(event))
                          && !serial(event).equals(before)));
      BigInteger now = application.shown(NAME).getSerialNumber();
      shown.add(now);
      stale += now.equals(newest) ? 0 : 1;
      if (i * rollovers / renewals > (i - 1) * rollovers / renewals) {
        application.bean(CertfluxEndpoint.class).act("rollover", null).block(PATIENCE);
      }
    }
    http1.dispose();
    http2.dispose();
    connections.disposeLater().block(PATIENCE);
    return new Result(answered.get(), List.copyOf(failures), shown.size(), stale);
  }

  private static BigInteger serial(CertificateEvent event) {
    return event.certificate().orElseThrow().chain().get(0).getSerialNumber();
  }

  /** A hundred requests a second, or as many as the machine does. */
  private Disposable asking(
      RunningApplication application, ConnectionProvider connections, HttpProtocol protocol) {
    SslProvider.GenericSslContextSpec<SslContextBuilder> trusting =
        protocol == HttpProtocol.H2
            ? Http2SslContextSpec.forClient().configure(UnderLoad::trusting)
            : Http11SslContextSpec.forClient().configure(UnderLoad::trusting);
    HttpClient client =
        application.letIn(
            HttpClient.create(connections)
                .protocol(protocol)
                .disableRetry(true)
                .secure(spec -> spec.sslContext(trusting)));
    return Flux.interval(BETWEEN_REQUESTS)
        .onBackpressureDrop()
        .flatMap(tick -> asked(client), IN_FLIGHT)
        .subscribe();
  }

  private static void trusting(SslContextBuilder builder) {
    builder
        .trustManager(InsecureTrustManagerFactory.INSTANCE)
        .endpointIdentificationAlgorithm(null);
  }

  private Mono<Void> asked(HttpClient client) {
    return client
        .get()
        .uri("/hello")
        .responseSingle((response, body) -> body.asString())
        .doOnNext(
            text -> {
              if (text.equals("hello")) {
                answered.incrementAndGet();
              } else {
                failures.add(text);
              }
            })
        .doOnError(error -> failures.add(error.toString()))
        .onErrorComplete()
        .then();
  }

  /** The whole: {@code UnderLoad RENEWALS ROLLOVERS}. */
  public static void main(String[] args) throws Exception {
    Path folder = Files.createTempDirectory("certflux-under-load");
    long began = System.nanoTime();
    Result result =
        new UnderLoad().run(folder, Integer.parseInt(args[0]), Integer.parseInt(args[1]));
    PrintStream out = System.out;
    out.printf(
        "renewals=%s rollovers=%s seconds=%d answered=%d failed=%d certificates=%d stale=%d%n",
        args[0],
        args[1],
        Duration.ofNanos(System.nanoTime() - began).toSeconds(),
        result.answered(),
        result.failures().size(),
        result.certificates(),
        result.stale());
    result.failures().stream().distinct().limit(10).forEach(out::println);
    boolean good =
        result.failures().isEmpty()
            && result.stale() == 0
            && result.certificates() == Integer.parseInt(args[0]) + 1;
    System.exit(good ? 0 : 1);
  }
}
