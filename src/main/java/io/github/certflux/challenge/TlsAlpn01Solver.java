package io.github.certflux.challenge;

import io.github.certflux.internal.Crypto;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.internal.TlsAlpn01;
import io.github.certflux.protocol.Challenge;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.TcpServer;

/**
 * Proves names and addresses by tls-alpn-01 (RFC 8737, RFC 8738): shows a CA that asks for the
 * application protocol {@code acme-tls/1} a self-signed certificate with the proof, and closes the
 * connection.
 *
 * <p>A CA asks port 443 and no other. Where your own server has that port, the solver works in it:
 * {@link #inServer}. It reads the first message of a connection, and only while a challenge is
 * open; whatever does not come from a CA goes on to your server untouched, HTTP/2 as well. Else it
 * has a port of its own: {@link #onPort}, bound by the first {@link #present} and until {@link
 * #disposeLater}; if that is not 443, have 443 forwarded to it as it is, without an end to TLS on
 * the way.
 */
public final class TlsAlpn01Solver implements ChallengeSolver {
  private static final int MAX_CONNECTIONS = 512;
  private static final Duration LONGEST_CONNECTION = Duration.ofSeconds(20);

  private final TlsAlpn01Table table = new TlsAlpn01Table();
  private final Crypto crypto;
  private final TlsAlpn01Certificate certificates;
  private final Executor heavy;
  private final @Nullable ListeningPort port;
  private volatile boolean inServer;
  private volatile boolean closed;

  private TlsAlpn01Solver(@Nullable InetSocketAddress address, Crypto crypto, Scheduler clock) {
    this.crypto = crypto;
    this.certificates =
        new TlsAlpn01Certificate(
            crypto, () -> Instant.ofEpochMilli(clock.now(TimeUnit.MILLISECONDS)));
    this.heavy = task -> crypto.heavy(() -> done(task)).subscribe();
    this.port = address == null ? null : listening(address);
  }

  private static Boolean done(Runnable task) {
    task.run();
    return true;
  }

  /**
   * A solver on a port of every address of this machine.
   *
   * @param port the port, 0 for any that is free
   * @return a solver, not bound yet
   * @throws IllegalArgumentException if the port is out of range
   */
  public static TlsAlpn01Solver onPort(int port) {
    return builder().port(port).build();
  }

  /**
   * A solver without a port of its own, for {@link #addTo}. Loads what it needs: not for an event
   * loop.
   *
   * @return a solver
   */
  public static TlsAlpn01Solver inServer() {
    return new TlsAlpn01Solver(null, JcaCrypto.create(), Schedulers.parallel());
  }

  /**
   * A builder, for port 443 of every address of this machine unless it is changed.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds a {@link TlsAlpn01Solver} with a port of its own. */
  public static final class Builder {
    private static final int HTTPS = 443;

    private int port = HTTPS;
    private @Nullable InetAddress address;

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
     * Builds the solver. It binds no port yet, but loads what it needs: not for an event loop.
     *
     * @return a solver
     */
    public TlsAlpn01Solver build() {
      return new TlsAlpn01Solver(
          new InetSocketAddress(address, port), JcaCrypto.create(), Schedulers.parallel());
    }
  }

  private ListeningPort listening(InetSocketAddress address) {
    OpenConnections connections =
        new OpenConnections(MAX_CONNECTIONS, LONGEST_CONNECTION.toMillis());
    TcpServer tcp =
        TcpServer.create()
            .bindAddress(() -> address)
            .doOnChannelInit(
                (observer, channel, remote) -> {
                  connections.accept(channel);
                  channel.pipeline().addFirst(TlsAlpn01Handler.NAME, handler(true));
                })
            .handle((in, out) -> in.receive().then());
    // Loads native libraries, synchronously.
    tcp.warmup().subscribe();
    return new ListeningPort(
        Challenge.TLS_ALPN_01, Builder.HTTPS, address, Mono.defer(tcp::bind), connections);
  }

  private TlsAlpn01Handler handler(boolean alone) {
    return new TlsAlpn01Handler(table, heavy, alone);
  }

  /**
   * Makes a server show proofs beside its own traffic. Connections that are opened while no
   * challenge is open are left alone altogether; of the others the first message is read, and those
   * of a CA never reach the server. Any TLS engine, SNI mapping and HTTP version will do; a server
   * without TLS shows nothing.
   *
   * <p>In Spring WebFlux: {@code factory.addServerCustomizers(solver::addTo)}.
   *
   * @param server a server with TLS, not bound yet
   * @return the server to bind
   */
  public HttpServer addTo(HttpServer server) {
    inServer = true;
    return server.doOnChannelInit(
        (observer, channel, remote) -> {
          if (!table.isEmpty() && channel.pipeline().get(NettyPipeline.SslHandler) != null) {
            channel
                .pipeline()
                .addBefore(NettyPipeline.SslHandler, TlsAlpn01Handler.NAME, handler(false));
          }
        });
  }

  /** {@inheritDoc} */
  @Override
  public String type() {
    return Challenge.TLS_ALPN_01;
  }

  /**
   * What is shown ends with the process.
   *
   * @return false
   */
  @Override
  public boolean outlivesProcess() {
    return false;
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
   * Shows the proof. Subscribing makes a key and a certificate, on threads of its own, which take
   * the place of an earlier one for the same name, and binds the port if there is one and no one
   * has. A cancel leaves the port bound, and the proof until {@link #cleanUp}.
   *
   * @param request what is to be proved
   * @return completes when a handshake would show it; {@link SolverException} when the port can't
   *     be bound, there is no server, or the solver is closed
   */
  @Override
  public Mono<Void> present(SolverRequest request) {
    return Mono.defer(
        () -> {
          ListeningPort own = port;
          if (closed || (own == null && !inServer)) {
            return Mono.error(
                new SolverException(
                    "the tls-alpn-01 solver is "
                        + (closed ? "closed" : "in no server: apply its addTo to one"),
                    null));
          }
          // Before there is anything to show, so that a cleanup meanwhile is not undone afterwards.
          TlsAlpn01Table.Open open =
              table.add(TlsAlpn01.serverName(request.identifier()), request.keyAuthorization());
          return certificates
              .context(request.identifier(), request.keyAuthorization())
              .doOnNext(open::show)
              .then(own == null ? Mono.empty() : own.bound().then());
        });
  }

  /**
   * Shows this proof no longer, when subscribed to. One that has taken its place stays, and so does
   * the port.
   *
   * @param request what was to be proved
   * @return completes at once
   */
  @Override
  public Mono<Void> cleanUp(SolverRequest request) {
    return Mono.fromRunnable(
        () -> table.remove(TlsAlpn01.serverName(request.identifier()), request.keyAuthorization()));
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
   * can't be used again after that; a server that it was added to goes on without it.
   *
   * @return completes when the port is free
   */
  @Override
  public Mono<Void> disposeLater() {
    return Mono.defer(
        () -> {
          closed = true;
          return (port == null ? Mono.<Void>empty() : port.close())
              .then(Mono.defer(crypto::disposeLater));
        });
  }
}
