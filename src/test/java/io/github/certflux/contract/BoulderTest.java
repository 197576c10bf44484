package io.github.certflux.contract;

import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.KeyType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Boulder's web front end. Its back end here takes every proof, so {@link ValidationContract} is
 * not for it.
 */
abstract class BoulderTest extends ServerTest
    implements AccountContract,
        RolloverContract,
        OrderContract,
        AuthorizationContract,
        RenewalContract,
        CertificateContract {

  /** It refuses P-521 keys. */
  @Override
  public Set<KeyType> accountKeyTypes() {
    return Set.of(KeyType.EC_P256, KeyType.EC_P384, KeyType.RSA_2048);
  }

  /** It keeps none: accounts come back without. */
  @Override
  public Optional<List<String>> contacts(Account shown) {
    return Optional.empty();
  }

  /** It knows {@code userActionRequired}, but does not use it. */
  @Override
  public String disagreement() {
    return "malformed";
  }

  /** Each front end keeps an account for five seconds after it has read it. */
  @Override
  public Duration lateness() {
    return BoulderServer.CACHE;
  }

  /** It would, but not this back end. */
  @Override
  public boolean checksWhoRevokes() {
    return false;
  }

  /** It would, but not this back end. */
  @Override
  public boolean knowsReplacements() {
    return false;
  }

  /** It refuses addresses that are no public ones. */
  @Override
  public String address() {
    return "64.112.117.1";
  }

  @Override
  public boolean listsOrders() {
    return false;
  }

  /** It rejects the order, and calls each name malformed. */
  @Override
  public String refusal() {
    return "malformed";
  }

  @Override
  public Duration leastRetryAfter() {
    return BoulderServer.RETRY_AFTER;
  }

  /** It issues for names under a public suffix alone, and this one's is reserved (RFC 2606). */
  @Override
  public String refusedName() {
    return "certflux.example";
  }
}
