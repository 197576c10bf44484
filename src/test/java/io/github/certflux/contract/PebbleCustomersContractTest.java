package io.github.certflux.contract;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;

/** Pebble as a CA that makes accounts for its customers alone. */
class PebbleCustomersContractTest extends ServerTest implements ExternalAccountContract {
  private static PebbleServer server;

  @BeforeAll
  static void start() {
    server = PebbleServer.forCustomers();
  }

  @Override
  public AcmeServer server() {
    return server;
  }

  @Override
  public Duration leastRetryAfter() {
    return PebbleServer.RETRY_AFTER.minusSeconds(1);
  }

  @Override
  public String refusedName() {
    return PebbleServer.BLOCKED;
  }
}
