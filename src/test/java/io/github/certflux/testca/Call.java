package io.github.certflux.testca;

import org.jspecify.annotations.Nullable;

/** A request under way, and what is learnt of it for the record. Not thread-safe. */
final class Call {
  final CaRequest request;
  final Route route;
  final int front;

  /** The thumbprint of the key that signed it, as far as it could be told. */
  @Nullable String thumbprint;

  /** The account that it names by {@code kid}. */
  @Nullable Long account;

  /** Refuse its nonce whatever it is. */
  boolean nonceRefused;

  Call(CaRequest request, Route route, int front) {
    this.request = request;
    this.route = route;
    this.front = front;
  }

  String url(String path) {
    return request.base() + path;
  }

  String accountUrl(long id) {
    return url(Route.ACCOUNT + id);
  }

  String orderUrl(OrderRow order) {
    return url(Route.ORDER + order.account() + "/" + order.id());
  }

  String authorizationUrl(long id) {
    return url(Route.AUTHORIZATION + id);
  }
}
