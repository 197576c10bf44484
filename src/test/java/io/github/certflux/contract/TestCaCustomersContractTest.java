package io.github.certflux.contract;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;

/** The embedded test CA as one that makes accounts for its customers alone. */
class TestCaCustomersContractTest extends ServerTest implements ExternalAccountContract {
  private static TestCaServer server;

  @BeforeAll
  static void start() {
    server = TestCaServer.forCustomers();
  }

  @Override
  public AcmeServer server() {
    return server;
  }

  @Override
  public Duration leastRetryAfter() {
    return Duration.ofSeconds(1);
  }

  @Override
  public String refusedName() {
    return TestCaServer.REFUSED;
  }
}
