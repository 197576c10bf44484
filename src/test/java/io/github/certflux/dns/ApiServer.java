package io.github.certflux.dns;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableChannel;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** A server with an API, which does what its documentation says, or what it is told to do next. */
final class ApiServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** A request as it came. */
  record Request(String method, String uri, HttpHeaders headers, String body) {
    String path() {
      return uri.contains("?") ? uri.substring(0, uri.indexOf('?')) : uri;
    }

    /** A parameter of the query; empty where it is not there. */
    String query(String name) {
      String all = uri.substring(path().length()).replace("?", "&");
      int at = all.indexOf("&" + name + "=");
      return at < 0 ? "" : all.substring(at + name.length() + 2).replaceFirst("&.*", "");
    }

    /** {@code GET /path}. */
    String line() {
      return method + " " + uri;
    }
  }

  /**
   * An answer.
   *
   * @param status 0 for none: the connection is closed
   * @param done whether the request is carried out before it is answered so
   */
  record Answer(int status, String body, Map<String, String> headers, boolean done) {
    static Answer of(int status, String body) {
      return new Answer(status, body, Map.of(), false);
    }

    static Answer lost() {
      return new Answer(0, "", Map.of(), true);
    }

    Answer with(String header, String value) {
      return new Answer(status, body, Map.of(header, value), done);
    }
  }

  final List<Request> requests = new CopyOnWriteArrayList<>();

  /** What the next answers are, in place of the server's own. */
  final Deque<Answer> next = new ConcurrentLinkedDeque<>();

  /** What each answer waits for. */
  volatile Mono<Void> gate = Mono.empty();

  private final Sinks.Many<Request> seen = Sinks.many().replay().all();
  private final Function<Request, Answer> behaviour;
  private final DisposableServer server;

  ApiServer(Function<Request, Answer> behaviour) {
    this.behaviour = behaviour;
    server =
        HttpServer.create()
            .bindAddress(() -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .handle(this::handle)
            .bindNow(PATIENCE);
  }

  private Publisher<Void> handle(HttpServerRequest in, HttpServerResponse out) {
    return in.receive()
        .aggregate()
        .asString()
        .defaultIfEmpty("")
        .flatMap(
            body -> {
              Request request =
                  new Request(in.method().name(), in.uri(), in.requestHeaders().copy(), body);
              arrive(request);
              Answer told = next.poll();
              return gate.then(Mono.defer(() -> answered(request, told, out)))
                  .doOnError(error -> Stream.ofNullable(told).forEach(next::addFirst));
            });
  }

  private synchronized void arrive(Request request) {
    requests.add(request);
    seen.tryEmitNext(request);
  }

  /** Completes when so many requests have come. */
  Mono<Void> arrived(int count) {
    return seen.asFlux().take(count).then();
  }

  private Mono<Void> answered(Request request, Answer told, HttpServerResponse out) {
    Answer own = told == null || told.done() ? behave(request) : told;
    Answer answer = told == null ? own : told;
    if (answer.status() == 0) {
      out.withConnection(DisposableChannel::dispose);
      return Mono.never();
    }
    answer.headers().forEach(out::header);
    return out.status(answer.status())
        .sendObject(out.alloc().buffer().writeBytes(answer.body().getBytes(UTF_8)))
        .then();
  }

  private synchronized Answer behave(Request request) {
    return behaviour.apply(request);
  }

  URI url(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  /** The requests so far, a line for each. */
  String lines() {
    return requests.stream().map(Request::line).collect(Collectors.joining("\n"));
  }

  @Override
  public void close() {
    server.disposeNow(PATIENCE);
  }
}
