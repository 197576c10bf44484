package io.github.certflux.contract;

import org.junit.jupiter.api.BeforeAll;

/**
 * Three front ends, each with a cache of its own: what they know changes from request to request.
 */
class BoulderFrontsContractTest extends BoulderTest implements MissionContract {
  private static BoulderServer server;

  @BeforeAll
  static void start() {
    server = BoulderServer.three();
  }

  @Override
  public AcmeServer server() {
    return server;
  }
}
