package io.github.certflux.spring;

import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.internal.Timing;
import io.github.certflux.spring.CertfluxProperties.HttpProperties;
import io.github.certflux.store.AcmeStore;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.resources.LoopResources;
import reactor.util.retry.Retry;

/**
 * The plain port beside the server's own: answers http-01, and sends everything else to HTTPS. No
 * filter and no security of the application sees it. Where the port is taken the application starts
 * all the same, and the port is tried again and again; until it is open names are proved otherwise.
 */
final class PlainHttpPort
    implements SmartLifecycle, ApplicationListener<WebServerInitializedEvent> {
  private static final Logger LOG = LoggerFactory.getLogger(PlainHttpPort.class);
  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final Duration LONGEST_AGAIN = Duration.ofMinutes(1);
  private static final int HTTPS = 443;
  private static final String PROOFS = "/.well-known/acme-challenge/";

  /** A name (RFC 1035 §2.3.4), its last dot and a port. */
  private static final int LONGEST_HOST = 260;

  /**
   * A wildcard takes any label, but not what a client may take for another host's name. It goes one
   * level deeper for each label: not for what is longer than a name.
   */
  private static final Pattern HOST =
      Pattern.compile("(?:\\[([0-9a-f:.]+)]|([a-z0-9_-]+(?:\\.[a-z0-9_-]+)*)\\.?)(?::[0-9]*)?");

  private final HttpProperties settings;
  private final Predicate<String> isManaged;
  private final Predicate<String> isServed;
  private final Scheduler timer;
  private final Http01Solver solver;
  private final Disposable.Swap opening = Disposables.swap();
  private volatile @Nullable DisposableServer bound;
  private volatile @Nullable String trouble;
  private volatile boolean running;

  /**
   * The port, not bound yet. Loads what it needs: not for an event loop.
   *
   * @param settings where, and what for
   * @param address where, unless the settings say so; {@code null} for all there are
   * @param store through which each node answers for all
   * @param given solvers of the application, which are answered for, too
   * @param isManaged which names may be redirected to: anything else could be anybody's
   * @param isServed whether there is a certificate for the name
   * @param loops the web server's event loops; Reactor Netty's shared ones if {@code null}
   */
  PlainHttpPort(
      HttpProperties settings,
      @Nullable InetAddress address,
      AcmeStore store,
      List<Http01Solver> given,
      Predicate<String> isManaged,
      Predicate<String> isServed,
      @Nullable LoopResources loops,
      Scheduler timer) {
    this.settings = settings;
    this.isManaged = isManaged;
    this.isServed = isServed;
    this.timer = timer;
    HttpServerRoutes others = HttpServerRoutes.newRoutes();
    given.forEach(each -> each.addTo(others));
    Http01Solver.Builder builder =
        Http01Solver.builder()
            .port(settings.port())
            .store(store)
            .otherwise(others.route(request -> true, this::elsewhere));
    InetAddress where = settings.address() == null ? address : settings.address();
    if (where != null) {
      builder.address(where);
    }
    this.solver = (loops == null ? builder : builder.runOn(loops)).build();
  }

  /** Proves by http-01 on this port. */
  Http01Solver solver() {
    return solver;
  }

  /** Nobody is to remember where to: the port may be another's some day. */
  private Publisher<Void> elsewhere(HttpServerRequest request, HttpServerResponse response) {
    String name = name(request);
    response.header(HttpHeaderNames.CONTENT_LENGTH, HttpHeaderValues.ZERO);
    if (!settings.redirect()
        || !isManaged.test(name)
        || !request.uri().startsWith("/")
        || request.uri().startsWith(PROOFS)) {
      return response.status(HttpResponseStatus.NOT_FOUND).send();
    }
    if (!isServed.test(name)) {
      return response.status(HttpResponseStatus.SERVICE_UNAVAILABLE).send();
    }
    String host = name.contains(":") ? "[" + name + "]" : name;
    String port = redirectPort() == HTTPS ? "" : ":" + redirectPort();
    return response
        .status(HttpResponseStatus.TEMPORARY_REDIRECT)
        .header(HttpHeaderNames.LOCATION, "https://" + host + port + request.uri())
        .send();
  }

  /** The name or address that is asked for, without port; empty for what is neither. */
  private static String name(HttpServerRequest request) {
    String header = request.requestHeaders().get(HttpHeaderNames.HOST, "");
    Matcher host = HOST.matcher(header.toLowerCase(Locale.ROOT));
    if (header.length() > LONGEST_HOST || !host.matches()) {
      return "";
    }
    return host.group(1) == null ? host.group(2) : host.group(1);
  }

  /** The port that is bound; 0 where none is. */
  int port() {
    DisposableServer now = bound;
    return now == null ? 0 : now.port();
  }

  /** Why it is not open, and what to do about it; empty where it is. */
  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  @Override
  public void start() {
    running = true;
    opening.update(
        solver
            .bind()
            .retryWhen(Retry.from(failures -> failures.concatMap(this::again)))
            .subscribe(this::listening));
  }

  private Mono<Long> again(Retry.RetrySignal failed) {
    String reason =
        failed.failure().getMessage() + ". Or set certflux.challenge.http.enabled=false";
    if (!reason.equals(trouble)) {
      LOG.error("event=plain-port-not-open reason=\"{}\" next=tried-again", reason);
    }
    trouble = reason;
    return Mono.delay(
        Timing.doubled(
            AGAIN, (int) Math.min(failed.totalRetries(), Integer.MAX_VALUE), LONGEST_AGAIN),
        timer);
  }

  private void listening(DisposableServer opened) {
    synchronized (this) {
      if (running) {
        trouble = null;
        bound = opened;
      }
    }
    if (port() == opened.port()) {
      LOG.info("event=plain-port port={} redirect={}", port(), settings.redirect());
    } else {
      opened.dispose(); // stopped meanwhile
    }
  }

  /** A redirect to where nobody listens is noticed late, by clients. */
  @Override
  public void onApplicationEvent(WebServerInitializedEvent event) {
    int port = event.getWebServer().getPort();
    if (event.getApplicationContext().getServerNamespace() == null
        && settings.redirect()
        && settings.redirectPort() == null
        && port != HTTPS) {
      LOG.warn(
          "event=redirect-to-another-port server={} redirect={} next=forward-it-or-set-certflux.challenge.http.redirect-port",
          port,
          HTTPS);
    }
  }

  private int redirectPort() {
    Integer port = settings.redirectPort();
    return port == null ? HTTPS : port;
  }

  @Override
  public void stop(Runnable callback) {
    opening.update(Disposables.disposed());
    DisposableServer now;
    synchronized (this) {
      running = false;
      now = bound;
      bound = null;
    }
    if (now == null) {
      callback.run();
      return;
    }
    now.dispose();
    now.onDispose()
        .onErrorResume(error -> Mono.empty())
        .doFinally(end -> callback.run())
        .subscribe();
  }

  @Override
  public void stop() {
    stop(() -> {});
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Just before the web server, so that challenges are answered when the first order is made. */
  @Override
  public int getPhase() {
    return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE - 1;
  }
}
