package io.github.certflux.protocol;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * An account as the server showed it (RFC 8555 §7.1.2). Right after a change or a key rollover, a
 * front end that lags may show an older state.
 *
 * @param url the account's URL, which is also its key id
 * @param status {@code valid}, {@code deactivated} or {@code revoked}
 * @param contacts contact URLs such as {@code mailto:ops@example.org}; some servers never show them
 * @param termsOfServiceAgreed what the server recorded, where it says so
 * @param orders the account's list of orders (§7.1.2.1), where the server has one
 */
public record Account(
    URI url,
    Status status,
    List<String> contacts,
    Optional<Boolean> termsOfServiceAgreed,
    Optional<URI> orders) {

  /**
   * Copies its collections.
   *
   * @param url the account's URL, which is also its key id
   * @param status {@code valid}, {@code deactivated} or {@code revoked}
   * @param contacts contact URLs such as {@code mailto:ops@example.org}; some servers never show
   *     them
   * @param termsOfServiceAgreed what the server recorded, where it says so
   * @param orders the account's list of orders (§7.1.2.1), where the server has one
   */
  public Account {
    contacts = List.copyOf(contacts);
  }
}
