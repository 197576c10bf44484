package io.github.certflux.spring;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The CAs that are asked where the first fails.
 *
 * @param all in their order
 */
record Fallbacks(List<Fallback> all) {

  /**
   * One of them.
   *
   * @param client of the CA
   * @param account which account orders there
   */
  record Fallback(AcmeClient client, AccountRequest account) {}

  static Fallbacks of(List<Ca> cas, Clients clients) {
    return new Fallbacks(
        cas.stream().map(ca -> new Fallback(clients.of(ca), ca.account())).toList());
  }

  Mono<Void> disposeLater() {
    return Flux.fromIterable(all).concatMap(each -> each.client().disposeLater()).then();
  }
}
