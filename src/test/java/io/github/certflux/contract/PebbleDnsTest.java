package io.github.certflux.contract;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;

/** Pebble asks BIND. */
class PebbleDnsTest extends ServerTest implements DnsContract {
  private static PebbleServer server;

  @BeforeAll
  static void start() {
    server = PebbleServer.asking(NamedServer.started());
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
    return PebbleServer.RETRY_AFTER.minusSeconds(1);
  }

  @Override
  public String refusedName() {
    return PebbleServer.BLOCKED;
  }
}
