package io.github.certflux.testca;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.Map;
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
   * http-01 for real (RFC 8555 §8.3), from this machine: every name is at 127.0.0.1, and {@code
   * ::1} where it is. Other types of challenges fail.
   *
   * @param port where the proofs are, 80 for a real CA
   */
  static Validation http01(int port) {
    return http01(name -> here(name, port));
  }

  /**
   * http-01 for real (RFC 8555 §8.3). Redirects are followed. Other types of challenges fail.
   *
   * @param addresses where the web server of a name is, by name or address; asked on an event loop
   */
  static Validation http01(Function<String, InetSocketAddress> addresses) {
    return new Http01Validator(addresses);
  }

  /**
   * tls-alpn-01 for real (RFC 8737), from this machine: every name is at 127.0.0.1, and {@code ::1}
   * where it is. Other types of challenges fail.
   *
   * @param port where the proofs are, 443 for a real CA
   */
  static Validation tlsAlpn01(int port) {
    return tlsAlpn01(name -> here(name, port));
  }

  /**
   * tls-alpn-01 for real (RFC 8737, RFC 8738). Other types of challenges fail.
   *
   * @param addresses where the TLS server of a name is, by name or address; asked on an event loop
   */
  static Validation tlsAlpn01(Function<String, InetSocketAddress> addresses) {
    return new TlsAlpn01Validator(addresses);
  }

  /**
   * dns-01 for real (RFC 8555 §8.4), and dns-account-01 and dns-persist-01 as the drafts have them,
   * where {@link TestCaBuilder#challengeTypes} offers those. Other types of challenges fail. Needs
   * dnsjava.
   *
   * @param resolver whom to ask for TXT records
   */
  static Validation dns(InetSocketAddress resolver) {
    return new DnsValidator(resolver);
  }

  /**
   * Each type of challenge in its own way; those that are not there fail.
   *
   * @param types by type, such as {@code http-01}
   */
  static Validation byType(Map<String, Validation> types) {
    Map<String, Validation> copy = Map.copyOf(types);
    return request -> {
      Validation validation = copy.get(request.type());
      return validation == null
          ? Mono.just(
              CaProblem.of(
                  403, "unauthorized", "This CA was not set up to validate " + request.type()))
          : validation.check(request);
    };
  }

  private static InetSocketAddress here(String name, int port) {
    return new InetSocketAddress(
        name.equals("::1") ? NetUtil.LOCALHOST6 : NetUtil.LOCALHOST4, port);
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
