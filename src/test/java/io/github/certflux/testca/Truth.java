package io.github.certflux.testca;

import io.github.certflux.protocol.Status;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * What the CA's primary database has, whatever caches and replicas show. Accounts and orders are
 * found by their URLs, of which only the path counts.
 */
public final class Truth {
  private final Core core;

  Truth(Core core) {
    this.core = core;
  }

  /**
   * An account.
   *
   * @param id its number, the last segment of its URL
   * @param keyThumbprint the thumbprint of its key (RFC 7638)
   * @param formerKeyThumbprints those of all keys that it ever had, newest first, the key of now
   *     too
   * @param status its status
   * @param contacts its contacts
   * @param agreedTerms the terms that it agreed to last
   */
  public record AccountState(
      long id,
      String keyThumbprint,
      List<String> formerKeyThumbprints,
      Status status,
      List<String> contacts,
      Optional<URI> agreedTerms) {}

  /**
   * An order.
   *
   * @param id its number, the last segment of its URL
   * @param account the number of its account
   * @param status its status
   * @param authorizations the numbers of its authorizations
   * @param spoilt whether it was lost by a second finalize
   */
  public record OrderState(
      long id, long account, Status status, List<Long> authorizations, boolean spoilt) {}

  /** The account of a URL; empty when there is none. */
  public Optional<AccountState> account(URI url) {
    return Optional.ofNullable(core.accounts.latest(number(url))).map(this::state);
  }

  /** The account that has a key; empty when none has it. */
  public Optional<AccountState> accountWithKey(String thumbprint) {
    return Optional.ofNullable(core.accounts.latestByKey(thumbprint)).map(this::state);
  }

  /** All accounts. */
  public List<AccountState> accounts() {
    return core.accounts.all().stream().map(this::state).toList();
  }

  /** The order of a URL; empty when there is none. */
  public Optional<OrderState> order(URI url) {
    return Optional.ofNullable(core.orders.latest(number(url))).map(this::state);
  }

  /** All orders. */
  public List<OrderState> orders() {
    return core.orders.all().stream().map(this::state).toList();
  }

  /** The numbers of the orders that a second finalize spoilt, as often as it did. */
  public List<Long> spoiltOrders() {
    return core.orders.spoilt();
  }

  /** The certificates, in the order of their issuance. */
  public List<IssuedCertificate> certificates() {
    return core.certificates.all();
  }

  /** How many authorizations have a status. */
  public long authorizations(Status status) {
    return core.orders.allAuthorizations().stream().filter(a -> a.status().equals(status)).count();
  }

  /** How many validations are under way: triggered, and not decided yet. */
  public int validationsUnderWay() {
    return core.validations.underWay();
  }

  private AccountState state(AccountRow row) {
    return new AccountState(
        row.id(),
        row.thumbprint(),
        core.accounts.keys(row.id()).stream().map(PublicKeys::thumbprint).toList(),
        row.status(),
        row.contacts(),
        Optional.ofNullable(row.agreedTerms()));
  }

  private OrderState state(OrderRow row) {
    return new OrderState(
        row.id(),
        row.account(),
        row.status(),
        row.authorizations(),
        core.orders.spoilt().contains(row.id()));
  }

  private static long number(URI url) {
    String path = url.getPath();
    try {
      return Long.parseLong(path.substring(path.lastIndexOf('/') + 1));
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
