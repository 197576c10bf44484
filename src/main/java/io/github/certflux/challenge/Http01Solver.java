package io.github.certflux.challenge;

import io.github.certflux.store.AcmeStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.resources.LoopResources;

/**
 * Proves names and addresses by http-01 (RFC 8555 §8.3, RFC 8738): answers on a port of its own
 * what the CA asks for at {@code http://NAME/.well-known/acme-challenge/TOKEN}, and everything else
 * with 404.
 *
 * <p>A CA asks port 80 and no other. Where another program has it, or where listening there takes a
 * privilege, choose another port and have 80 forwarded to it. Where your own server has it, the
 * solver works in it: {@link #inServer}.
 *
 * <p>A port of its own is bound by the first {@link #present} and stays bound until {@link
 * #disposeLater}. It is open to the world: requests and connections are bounded in size, time and
 * number, and nothing that is sent to it comes back.
 *
 * <p>Where several nodes are behind one balancer, the CA may ask any of them: give the solvers of
 * all a store that they share ({@link Builder#store}), and each answers for all.
 */
public final class Http01Solver implements ChallengeSolver {
  private final TokenTable tokens = new TokenTable();
  private final @Nullable SharedTokens shared;
  private final @Nullable ListeningPort port;
  private volatile boolean inServer;
  private volatile boolean closed;

  private Http01Solver(Builder builder) {
    AcmeStore store = builder.store;
    shared = store == null ? null : new SharedTokens(store, Schedulers.parallel());
    port =
        builder.port < 0
            ? null
            : Http01Server.on(
                new InetSocketAddress(builder.address, builder.port),
                builder.loops,
                builder.otherwise == null,
                new Http01Handler(
                    this::answer,
                    true,
                    builder.otherwise == null
                        ? (request, response) -> Http01Handler.notFound(response)
                        : builder.otherwise));
  }

  /**
   * A solver on a port of every address of this machine.
   *
   * @param port the port, 0 for any that is free
   * @return a solver, not bound yet
   * @throws IllegalArgumentException if the port is out of range
   */
  public static Http01Solver onPort(int port) {
    return builder().port(port).build();
  }

  /**
   * A solver without a port of its own, for {@link #addTo} or {@link #answer}.
   *
   * @return a solver
   */
  public static Http01Solver inServer() {
    return builder().inServer().build();
  }

  /**
   * A builder, for port 80 of every address of this machine unless it is changed.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds an {@link Http01Solver}. */
  public static final class Builder {
    private static final int HTTP = 80;

    private int port = HTTP;
    private @Nullable InetAddress address;
    private @Nullable AcmeStore store;
    private @Nullable LoopResources loops;

    private @Nullable
        BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>>
        otherwise;

    private Builder() {}

    /**
     * Where to listen.
     *
     * @param number the port, 0 for any that is free
     * @return this builder
     * @throws IllegalArgumentException if the port is out of range
     */
    public Builder port(int number) {
      if (number < 0 || number > 65_535) {
        throw new IllegalArgumentException("not a port: " + number);
      }
      port = number;
      return this;
    }

    /**
     * Listens on one address, instead of all.
     *
     * @param local an address of this machine
     * @return this builder
     */
    public Builder address(InetAddress local) {
      address = local;
      return this;
    }

    /**
     * Answers on the port of the solver's own what is not a proof, such as by a redirect to HTTPS,
     * in place of 404. Each connection serves one request, with a line of at most 8 KiB and as much
     * of headers, and none lives longer than 20 seconds.
     *
     * @param handler called on event loops, with an answer whose connection is to be closed
     * @return this builder
     */
    public Builder otherwise(
        BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>>
            handler) {
      otherwise = handler;
      return this;
    }

    /**
     * Event loops for the port of the solver's own, in place of Reactor Netty's shared ones.
     *
     * @param eventLoops stay the caller's to close
     * @return this builder
     */
    public Builder runOn(LoopResources eventLoops) {
      loops = eventLoops;
      return this;
    }

    /**
     * Listens nowhere: {@link #addTo} or {@link #answer} is to be given to your own server.
     *
     * @return this builder
     */
    public Builder inServer() {
      port = -1;
      return this;
    }

    /**
     * Answers for every node that has the same store here: what one sets up is in the store from
     * then until it is taken away, and looked up there by the others when a CA asks them.
     *
     * @param ofAllNodes the store; may be that of the client, and stays the caller's to close
     * @return this builder
     */
    public Builder store(AcmeStore ofAllNodes) {
      store = ofAllNodes;
      return this;
    }

    /**
     * Builds the solver. It binds no port yet, but loads what it needs: not for an event loop.
     *
     * @return a solver
     */
    public Http01Solver build() {
      return new Http01Solver(this);
    }
  }

  /** {@inheritDoc} */
  @Override
  public String type() {
    return "http-01";
  }

  /**
   * What is served ends with the process, but for what is in a store.
   *
   * @return whether this solver has one
   */
  @Override
  public boolean outlivesProcess() {
    return shared != null;
  }

  /**
   * Every identifier but a wildcard, for which CAs ask for dns-01.
   *
   * @param request what is to be proved
   * @return false for a wildcard
   */
  @Override
  public boolean solves(SolverRequest request) {
    return !request.wildcard();
  }

  /**
   * Answers CAs in your own server, at their paths alone. To be added before routes that match more
   * than it does.
   *
   * <p>In Spring WebFlux it is a {@code NettyRouteProvider}: {@code return solver::addTo;}.
   *
   * @param routes of a server on port 80, or where 80 is forwarded to
   * @return the routes
   */
  public HttpServerRoutes addTo(HttpServerRoutes routes) {
    inServer = true;
    return routes.route(Http01Handler::isAsked, new Http01Handler(this::answer));
  }

  /**
   * What a CA is to be answered, for a server of another kind: as {@code application/octet-stream}.
   * Nothing is decoded or normalised. With a store, a path that asks for a token is looked up
   * there; what is not found within 5 seconds, or while 64 others are being looked up, is not
   * there.
   *
   * @param path the path of the request as it came, beginning with a slash
   * @return the key authorization; empty for what is to be answered with 404, or by others
   */
  public Mono<byte[]> answer(String path) {
    inServer = true;
    return Mono.defer(
        () -> {
          String token = Http01Handler.token(path);
          byte[] own = tokens.find(token);
          return own != null
              ? Mono.just(own)
              : shared == null || token.isEmpty() ? Mono.empty() : shared.find(token);
        });
  }

  /**
   * Serves the key authorization. Subscribing puts it in place of an earlier one for the same
   * token, and binds the port if there is one and no one has. Those who subscribe meanwhile wait
   * for the same attempt; when it fails the next subscription tries again. A cancel leaves the port
   * bound, and the token until {@link #cleanUp}.
   *
   * @param request what is to be proved
   * @return completes when a request would be answered; {@link SolverException} when the port can't
   *     be bound, there is no server, or the solver is closed, {@link IllegalArgumentException} for
   *     a token that is not base64url, {@link io.github.certflux.store.StoreException}
   */
  @Override
  public Mono<Void> present(SolverRequest request) {
    return Mono.defer(
        () -> {
          if (!TokenTable.isToken(request.token())) {
            return Mono.error(
                new IllegalArgumentException("the token for " + request + " is not base64url"));
          }
          ListeningPort own = port;
          if (own == null && (closed || !inServer)) {
            return Mono.error(
                new SolverException(
                    "the http-01 solver is "
                        + (closed
                            ? "closed"
                            : "in no server: apply its addTo to the routes of one"),
                    null));
          }
          // Before the port is bound, so that a cleanup meanwhile is not undone afterwards.
          tokens.put(request.token(), request.keyAuthorization());
          return Mono.when(
              own == null ? Mono.empty() : own.bound().then(),
              shared == null
                  ? Mono.empty()
                  : shared.put(request.token(), request.keyAuthorization()));
        });
  }

  /**
   * Serves the key authorization no longer, when subscribed to. One that has taken its place stays,
   * and so does the port.
   *
   * @param request what was to be proved
   * @return completes when it is gone; {@link io.github.certflux.store.StoreException}
   */
  @Override
  public Mono<Void> cleanUp(SolverRequest request) {
    return Mono.defer(
        () -> {
          tokens.remove(request.token(), request.keyAuthorization());
          return shared == null
              ? Mono.empty()
              : shared.remove(request.token(), request.keyAuthorization());
        });
  }

  /**
   * Binds the port of the solver's own, which else the first {@link #present} does. Those who
   * subscribe meanwhile wait for the same attempt; a cancel leaves the port bound.
   *
   * @return the server that is bound; once that is disposed of, the next subscription and the next
   *     {@link #present} bind the port again. {@link SolverException} when it can't be bound, and
   *     when the solver is closed or has none of its own
   */
  public Mono<DisposableServer> bind() {
    return Mono.defer(
        () ->
            port == null
                ? Mono.error(new SolverException("the http-01 solver has no port", null))
                : port.bound());
  }

  /**
   * The port that is listened on.
   *
   * @return the port that was chosen; while that is 0 and none is bound yet, and without a port of
   *     its own, 0
   */
  public int port() {
    return port == null ? 0 : port.port();
  }

  /**
   * Unbinds the port, if there is one, and closes its connections, when subscribed to. The solver
   * can't be used again after that.
   *
   * @return completes when the port is free
   */
  @Override
  public Mono<Void> disposeLater() {
    return Mono.defer(
        () -> {
          closed = true;
          return port == null ? Mono.empty() : port.close();
        });
  }
}
