package io.github.certflux.challenge;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Proves names and addresses by http-01 (RFC 8555 §8.3, RFC 8738): answers on a port of its own
 * what the CA asks for at {@code http://NAME/.well-known/acme-challenge/TOKEN}, and everything else
 * with 404.
 *
 * <p>A CA asks port 80 and no other. Where another program has it, or where listening there takes a
 * privilege, choose another port and have 80 forwarded to it.
 *
 * <p>The port is bound by the first {@link #present} and stays bound until {@link #disposeLater}.
 * The port is open to the world: requests and connections are bounded in size, time and number, and
 * nothing that is sent to it comes back.
 */
public final class Http01Solver implements ChallengeSolver {
  private final TokenTable tokens = new TokenTable();
  private final Http01Server server;

  private Http01Solver(InetSocketAddress address) {
    server = new Http01Server(address, new Http01Handler(tokens));
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
    public Http01Solver build() {
      return new Http01Solver(new InetSocketAddress(address, port));
    }
  }

  /** {@inheritDoc} */
  @Override
  public String type() {
    return "http-01";
  }

  /**
   * What is served ends with the process.
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
   * Serves the key authorization. Subscribing puts it in place of an earlier one for the same
   * token, and binds the port if no one has. Those who subscribe meanwhile wait for the same
   * attempt; when it fails the next subscription tries again. A cancel leaves the port bound, and
   * the token until {@link #cleanUp}.
   *
   * @param request what is to be proved
   * @return completes when a request would be answered; {@link SolverException} when the port can't
   *     be bound or the solver is closed, {@link IllegalArgumentException} for a token that is not
   *     base64url
   */
  @Override
  public Mono<Void> present(SolverRequest request) {
    return Mono.defer(
        () -> {
          if (!TokenTable.isToken(request.token())) {
            return Mono.error(
                new IllegalArgumentException("the token for " + request + " is not base64url"));
          }
          // Before the port is bound, so that a cleanUp meanwhile is not undone afterwards.
          tokens.put(request.token(), request.keyAuthorization());
          return server.bound();
        });
  }

  /**
   * Serves the key authorization no longer, when subscribed to. One that has taken its place stays,
   * and so does the port.
   *
   * @param request what was to be proved
   * @return completes at once
   */
  @Override
  public Mono<Void> cleanUp(SolverRequest request) {
    return Mono.fromRunnable(() -> tokens.remove(request.token(), request.keyAuthorization()));
  }

  /**
   * The port that is listened on.
   *
   * @return the port that was chosen; while that is 0 and none is bound yet, 0
   */
  public int port() {
    return server.port();
  }

  /**
   * Unbinds the port and closes its connections, when subscribed to. The solver can't be used again
   * after that.
   *
   * @return completes when the port is free
   */
  @Override
  public Mono<Void> disposeLater() {
    return server.close();
  }
}
