package io.github.certflux.contract;

import org.junit.jupiter.api.BeforeAll;

/** One front end: every request after a rollover meets the same cache. */
class BoulderContractTest extends BoulderTest implements MissionContract {
  private static BoulderServer server;

  @BeforeAll
  static void start() {
    server = BoulderServer.one();
  }

  @Override
  public AcmeServer server() {
    return server;
  }
}
