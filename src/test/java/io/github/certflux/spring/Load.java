package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.PATIENCE;

import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider;

/**
 * Requests at a steady rate, however long the answers to those before take: half of them over
 * HTTP/1.1 and half over HTTP/2; half on connections that are kept to the end, and half on such as
 * are replaced after some seconds.
 */
final class Load {
  private static final Duration LIFE_OF_A_CONNECTION = Duration.ofSeconds(3);

  private final RunningApplication application;
  private final Duration between;
  private final List<HttpClient> clients = new ArrayList<>();
  private final Disposable.Composite pools = Disposables.composite();
  private final Sinks.Empty<Void> end = Sinks.empty();
  private final AtomicInteger kept = new AtomicInteger();
  private final AtomicInteger replaced = new AtomicInteger();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong slowest = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  /**
   * What came of it.
   *
   * @param sent requests
   * @param answered those that had the right answer
   * @param failures what became of the others
   * @param took from the first request to the last answer
   * @param slowest the longest that an answer took, with the wait for a connection
   * @param kept connections that are kept to the end: two, and one more for each that broke
   * @param replaced the others
   */
  record Result(
      long sent,
      long answered,
      List<String> failures,
      Duration took,
      Duration slowest,
      int kept,
      int replaced) {

    double answersASecond() {
      return answered * 1e9 / took.toNanos();
    }
  }

  /**
   * Not begun.
   *
   * @param application is asked
   * @param between from one request to the next
   */
  Load(RunningApplication application, Duration between) {
    this.application = application;
    this.between = between;
    for (HttpProtocol protocol : List.of(HttpProtocol.HTTP11, HttpProtocol.H2)) {
      clients.add(client(protocol, kept, pool -> pool.maxConnections(1)));
      clients.add(
          client(
              protocol,
              replaced,
              pool -> pool.maxConnections(2).maxLifeTime(LIFE_OF_A_CONNECTION)));
    }
  }

  /** Counts each connection that is opened. One that has lived answers what is under way on it. */
  private HttpClient client(
      HttpProtocol protocol, AtomicInteger opened, Consumer<ConnectionProvider.Builder> life) {
    ConnectionProvider.Builder builder =
        ConnectionProvider.builder("load")
            .pendingAcquireMaxCount(-1)
            .pendingAcquireTimeout(PATIENCE);
    life.accept(builder);
    ConnectionProvider pool = builder.build();
    pools.add(pool);
    SslProvider.GenericSslContextSpec<SslContextBuilder> trusting =
        protocol == HttpProtocol.H2
            ? Http2SslContextSpec.forClient().configure(Load::trusting)
            : Http11SslContextSpec.forClient().configure(Load::trusting);
    return application.letIn(
        HttpClient.create(pool)
            .protocol(protocol)
            .disableRetry(true)
            .responseTimeout(PATIENCE)
            .doOnChannelInit((observer, channel, address) -> opened.incrementAndGet())
            .secure(spec -> spec.sslContext(trusting).handshakeTimeout(PATIENCE)));
  }

  private static void trusting(SslContextBuilder builder) {
    builder
        .trustManager(InsecureTrustManagerFactory.INSTANCE)
        .endpointIdentificationAlgorithm(null);
  }

  /** Begins when subscribed to, and ends with the last answer after {@link #end}. */
  Mono<Result> run() {
    return Mono.defer(
        () -> {
          long began = System.nanoTime();
          return Flux.interval(between)
              .takeUntilOther(end.asMono())
              .flatMap(tick -> asked(clients.get((int) (tick % clients.size()))), Integer.MAX_VALUE)
              .then(Mono.fromSupplier(() -> result(System.nanoTime() - began)))
              .doFinally(signal -> pools.dispose());
        });
  }

  /** Sends no more. */
  void end() {
    end.tryEmitEmpty();
  }

  private Result result(long took) {
    return new Result(
        sent.get(),
        answered.get(),
        List.copyOf(failures),
        Duration.ofNanos(took),
        Duration.ofNanos(slowest.get()),
        kept.get(),
        replaced.get());
  }

  private Mono<Void> asked(HttpClient client) {
    return Mono.defer(
        () -> {
          long began = System.nanoTime();
          sent.incrementAndGet();
          return client
              .get()
              .uri("/hello")
              .responseSingle((response, body) -> body.asString().defaultIfEmpty("nothing"))
              .doOnNext(
                  text -> {
                    slowest.accumulateAndGet(System.nanoTime() - began, Math::max);
                    if (text.equals("hello")) {
                      answered.incrementAndGet();
                    } else {
                      failures.add(text);
                    }
                  })
              .doOnError(error -> failures.add(error.toString()))
              .onErrorComplete()
              .then();
        });
  }
}
