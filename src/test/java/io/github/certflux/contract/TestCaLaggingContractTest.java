package io.github.certflux.contract;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;

/**
 * The embedded test CA over read replicas of which two are late: what {@link
 * BoulderLaggingContractTest} can't show, since here authorizations are late too, and looked at.
 */
class TestCaLaggingContractTest extends TestCaTest
    implements OrderContract, AuthorizationContract, ReuseContract, ValidationContract {
  private static TestCaServer server;

  @BeforeAll
  static void start() {
    server = TestCaServer.lagging();
  }

  @Override
  TestCaServer testCa() {
    return server;
  }

  @Override
  public boolean replicasLag() {
    return true;
  }

  /** A front end may have kept what a late replica showed. */
  @Override
  public Duration lateness() {
    return super.lateness().plus(TestCaServer.LONGEST_LAG);
  }
}
