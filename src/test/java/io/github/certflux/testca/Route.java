package io.github.certflux.testca;

import java.util.List;

/**
 * Where a path leads.
 *
 * @param endpoint the resource
 * @param ids what its path holds after the resource's name
 */
record Route(Endpoint endpoint, List<String> ids) {
  static final String DIRECTORY = "/directory";
  static final String NEW_NONCE = "/acme/new-nonce";
  static final String NEW_ACCOUNT = "/acme/new-acct";
  static final String ACCOUNT = "/acme/acct/";
  static final String KEY_CHANGE = "/acme/key-change";
  static final String NEW_ORDER = "/acme/new-order";
  static final String NEW_AUTHORIZATION = "/acme/new-authz";
  static final String ORDERS = "/acme/orders/";
  static final String ORDER = "/acme/order/";
  static final String FINALIZE = "/acme/finalize/";
  static final String AUTHORIZATION = "/acme/authz/";
  static final String CHALLENGE = "/acme/chall/";
  static final String CERTIFICATE = "/acme/cert/";
  static final String REVOKE_CERT = "/acme/revoke-cert";
  static final String RENEWAL_INFO = "/acme/renewal-info/";

  static Route of(String path) {
    return switch (path) {
      case DIRECTORY -> plain(Endpoint.DIRECTORY);
      case NEW_NONCE -> plain(Endpoint.NEW_NONCE);
      case NEW_ACCOUNT -> plain(Endpoint.NEW_ACCOUNT);
      case KEY_CHANGE -> plain(Endpoint.KEY_CHANGE);
      case NEW_ORDER -> plain(Endpoint.NEW_ORDER);
      case NEW_AUTHORIZATION -> plain(Endpoint.NEW_AUTHORIZATION);
      case REVOKE_CERT -> plain(Endpoint.REVOKE_CERT);
      default -> withIds(path);
    };
  }

  private static Route plain(Endpoint endpoint) {
    return new Route(endpoint, List.of());
  }

  private static Route withIds(String path) {
    if (path.startsWith(ORDER)) {
      return with(Endpoint.ORDER, path, ORDER, 2, 2);
    } else if (path.startsWith(ORDERS)) {
      return with(Endpoint.ORDERS, path, ORDERS, 2, 2);
    } else if (path.startsWith(AUTHORIZATION)) {
      return with(Endpoint.AUTHORIZATION, path, AUTHORIZATION, 1, 1);
    } else if (path.startsWith(CHALLENGE)) {
      return with(Endpoint.CHALLENGE, path, CHALLENGE, 2, 2);
    } else if (path.startsWith(FINALIZE)) {
      return with(Endpoint.FINALIZE, path, FINALIZE, 2, 2);
    } else if (path.startsWith(CERTIFICATE)) {
      return with(Endpoint.CERTIFICATE, path, CERTIFICATE, 1, 2);
    } else if (path.startsWith(ACCOUNT)) {
      return with(Endpoint.ACCOUNT, path, ACCOUNT, 1, 1);
    } else if (path.startsWith(RENEWAL_INFO)) {
      return with(Endpoint.RENEWAL_INFO, path, RENEWAL_INFO, 1, 1);
    }
    return plain(Endpoint.UNKNOWN);
  }

  private static Route with(Endpoint endpoint, String path, String prefix, int least, int most) {
    List<String> ids = List.of(path.substring(prefix.length()).split("/", -1));
    boolean known = ids.size() >= least && ids.size() <= most && !ids.contains("");
    return known ? new Route(endpoint, ids) : plain(Endpoint.UNKNOWN);
  }

  /**
   * A number in the path.
   *
   * @throws Refusal when it is none
   */
  long number(int index) {
    try {
      return Long.parseLong(ids.get(index));
    } catch (NumberFormatException e) {
      throw Refusal.malformed("Invalid ID in the path");
    }
  }
}
