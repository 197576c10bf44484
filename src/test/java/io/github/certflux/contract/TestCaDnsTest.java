package io.github.certflux.contract;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;

/** The test CA asks BIND. */
class TestCaDnsTest extends ServerTest implements DnsContract {
  private static TestCaServer server;

  @BeforeAll
  static void start() {
    server = TestCaServer.asking(NamedServer.started());
  }

  @Override
  public AcmeServer server() {
    return server;
  }

  @Override
  public NamedServer bind() {
    return NamedServer.started();
  }

  @Override
  public Duration leastRetryAfter() {
    return Duration.ZERO;
  }

  @Override
  public String refusedName() {
    return TestCaServer.REFUSED;
  }
}
