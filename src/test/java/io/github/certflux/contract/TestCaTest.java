package io.github.certflux.contract;

import io.github.certflux.Certificate;
import io.github.certflux.protocol.Account;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The embedded test CA does what Boulder does, and looks at proofs. */
abstract class TestCaTest extends ServerTest {

  /** The CA that this run is against. */
  abstract TestCaServer testCa();

  @Override
  public AcmeServer server() {
    return testCa();
  }

  /** As Boulder it shows none; but it can be asked past the protocol. */
  @Override
  public Optional<List<String>> contacts(Account shown) {
    return testCa().ca().truth().account(shown.url()).map(account -> account.contacts());
  }

  /** As Boulder says it. */
  @Override
  public String disagreement() {
    return "malformed";
  }

  /** Each front end has an account cache, as Boulder's have. */
  @Override
  public Duration lateness() {
    return Duration.ofSeconds(5);
  }

  /** As configured: a second. */
  @Override
  public Duration leastRetryAfter() {
    return Duration.ofSeconds(1);
  }

  /** As configured. */
  @Override
  public String refusedName() {
    return TestCaServer.REFUSED;
  }

  @Override
  public Optional<Boolean> revoked(Certificate certificate) {
    String serial = certificate.chain().get(0).getSerialNumber().toString(16);
    return testCa().ca().truth().certificates().stream()
        .filter(issued -> issued.serial().replaceFirst("^0+", "").equals(serial))
        .map(issued -> issued.revoked())
        .findFirst();
  }
}
