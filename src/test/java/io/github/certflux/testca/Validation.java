package io.github.certflux.testca;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** How the CA checks a challenge. */
@FunctionalInterface
public interface Validation {

  /**
   * Checks once for each subscription: empty when it is proved, else what is wrong. An error counts
   * as {@code connection}. Must not block.
   */
  Mono<CaProblem> check(ProofRequest request);

  /** Takes everything for proved. */
  static Validation always() {
    return request -> Mono.empty();
  }

  /**
   * http-01 for real (RFC 8555 §8.3), from this machine: every name is at 127.0.0.1. Other types of
   * challenges fail.
   *
   * @param port where the proofs are, 80 for a real CA
   */
  static Validation http01(int port) {
    return http01(name -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  /**
   * http-01 for real (RFC 8555 §8.3). Redirects are followed. Other types of challenges fail.
   *
   * @param addresses where the web server of a name is, by name or address; asked on an event loop
   */
  static Validation http01(Function<String, InetSocketAddress> addresses) {
    return new Http01Validator(addresses);
  }

  /** Compares the proof that the lookup finds with the one expected, whatever the type. */
  static Validation lookup(ProofLookup lookup) {
    return request ->
        lookup
            .presented(request)
            .map(found -> found.equals(request.keyAuthorization()) ? "" : "another one")
            .defaultIfEmpty("none")
            .flatMap(
                wrong ->
                    wrong.isEmpty()
                        ? Mono.empty()
                        : Mono.just(
                            CaProblem.of(
                                403,
                                "unauthorized",
                                "The key authorization expected was not presented, but " + wrong)));
  }
}
