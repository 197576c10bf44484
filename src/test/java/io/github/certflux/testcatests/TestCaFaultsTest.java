package io.github.certflux.testcatests;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.internal.TransportFailure;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import io.github.certflux.testca.TestCa;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Faults over each of the ways to the CA. */
class TestCaFaultsTest {

  @Nested
  class OverHttp2 extends FaultsContract {
    @Override
    AcmeTransport start() {
      return overSockets(true);
    }
  }

  @Nested
  class OverHttp11 extends FaultsContract {
    @Override
    AcmeTransport start() {
      return overSockets(false);
    }
  }

  @Nested
  class InMemory extends FaultsContract {
    @Override
    AcmeTransport start() {
      ca = TestCa.builder().inMemory();
      return ca.transport();
    }

    @Test
    void aConnectionCanBeRefused() {
      ca.faults().on(Endpoint.NEW_ORDER).then(Fault.refuseConnection());

      assertFailure(this::order, TransportFailure.Kind.NOT_SENT);
      assertThat(ca.truth().orders()).isEmpty();
    }
  }
}
