package io.github.certflux.contract;

import org.junit.jupiter.api.BeforeAll;

/** The embedded test CA, with the account caches of three front ends. */
class TestCaContractTest extends TestCaTest
    implements AccountContract,
        RolloverContract,
        OrderContract,
        AuthorizationContract,
        ReuseContract,
        RenewalContract,
        CertificateContract,
        ValidationContract,
        MissionContract {
  private static TestCaServer server;

  @BeforeAll
  static void start() {
    server = TestCaServer.started();
  }

  @Override
  TestCaServer testCa() {
    return server;
  }
}
