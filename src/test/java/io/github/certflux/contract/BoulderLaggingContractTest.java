package io.github.certflux.contract;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;

/**
 * Three front ends over read replicas, of which two are late: what was created a moment ago is not
 * there yet, and what changed is as it was before.
 */
class BoulderLaggingContractTest extends BoulderTest implements MissionContract {
  private static BoulderServer server;

  @BeforeAll
  static void start() {
    server = BoulderServer.lagging();
  }

  @Override
  public AcmeServer server() {
    return server;
  }

  @Override
  public boolean replicasLag() {
    return true;
  }

  /** A front end may have kept what a late replica showed. */
  @Override
  public Duration lateness() {
    return BoulderServer.CACHE.plus(BoulderServer.LONGEST_LAG);
  }
}
