package io.github.certflux.internal;

import reactor.core.publisher.Mono;

/** The seam between the protocol and the network. */
public interface AcmeTransport {

  /**
   * Sends a request once for each subscription: never again by itself, and never to where a
   * redirect points. Signals the answer, whatever its status, or {@link TransportFailure}; never
   * completes empty. Cancelling may break the connection, so the protocol does not cancel.
   */
  Mono<AcmeResponse> send(AcmeRequest request);

  /** Closes the connections; requests under way may be lost. */
  default Mono<Void> disposeLater() {
    return Mono.empty();
  }
}
