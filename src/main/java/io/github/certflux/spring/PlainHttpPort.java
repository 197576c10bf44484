package io.github.certflux.spring;

import io.github.certflux.challenge.Http01Solver;
import io.github.certflux.spring.CertfluxProperties.HttpProperties;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The plain port beside the server's own: answers http-01, and sends everything else to HTTPS. No
 * filter and no security of the application sees it. Where the port is taken the application starts
 * all the same.
 */
final class PlainHttpPort implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(PlainHttpPort.class);
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(10);
  private static final int HTTPS = 443;

  /** A name (RFC 1035 §2.3.4), its last dot and a port. */
  private static final int LONGEST_HOST = 260;

  /**
   * A wildcard takes any label, but not what a client may take for another host's name. It goes one
   * level deeper for each label: not for what is longer than a name.
   */
  private static final Pattern HOST =
      Pattern.compile("(?:\\[([0-9a-f:.]+)]|([a-z0-9_-]+(?:\\.[a-z0-9_-]+)*)\\.?)(?::[0-9]*)?");

  private final HttpProperties settings;
  private final HttpServer server;
  private final Predicate<String> isManaged;
  private final Predicate<String> isServed;
  private volatile @Nullable DisposableServer bound;
  private volatile boolean running;

  /**
   * The port, not bound yet.
   *
   * @param settings where, and what for
   * @param solver answers challenges; {@code null} if there is none for http-01
   * @param isManaged which names may be redirected to: anything else could be anybody's
   * @param isServed whether there is a certificate for the name
   * @param resources the web server's event loops; Reactor Netty's shared ones if {@code null}
   */
  PlainHttpPort(
      HttpProperties settings,
      @Nullable Http01Solver solver,
      Predicate<String> isManaged,
      Predicate<String> isServed,
      @Nullable ReactorResourceFactory resources) {
    this.settings = settings;
    this.isManaged = isManaged;
    this.isServed = isServed;
    HttpServer http = HttpServer.create();
    this.server =
        (resources == null ? http : http.runOn(resources.getLoopResources()))
            .port(settings.port())
            .protocol(HttpProtocol.HTTP11)
            .idleTimeout(LONGEST_SILENCE)
            .requestTimeout(LONGEST_SILENCE)
            .route(
                routes -> {
                  if (solver != null) {
                    solver.addTo(routes);
                  }
                  routes.route(request -> true, this::elsewhere);
                });
  }

  /** Nobody is to remember where to: the port may be another's some day. */
  private Publisher<Void> elsewhere(HttpServerRequest request, HttpServerResponse response) {
    String name = name(request);
    response.header(HttpHeaderNames.CONTENT_LENGTH, HttpHeaderValues.ZERO);
    if (!settings.redirect() || !isManaged.test(name) || !request.uri().startsWith("/")) {
      return response.status(HttpResponseStatus.NOT_FOUND).send();
    }
    if (!isServed.test(name)) {
      return response.status(HttpResponseStatus.SERVICE_UNAVAILABLE).send();
    }
    String host = name.contains(":") ? "[" + name + "]" : name;
    String port = settings.redirectPort() == HTTPS ? "" : ":" + settings.redirectPort();
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

  @Override
  public void start() {
    running = true;
    server
        .bind()
        .subscribe(
            this::listening,
            error ->
                LOG.error(
                    "event=plain-port-not-open port={} reason=\"{}\" next=http-01-and-redirects-do-not-work",
                    settings.port(),
                    error.getMessage()));
  }

  private void listening(DisposableServer opened) {
    synchronized (this) {
      if (running) {
        bound = opened;
      }
    }
    if (port() == opened.port()) {
      LOG.info("event=plain-port port={} redirect={}", port(), settings.redirect());
    } else {
      opened.dispose(); // stopped meanwhile
    }
  }

  @Override
  public void stop(Runnable callback) {
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
