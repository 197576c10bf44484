package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.Certificate;
import io.github.certflux.ChainPreference;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.RetryLimits;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A server that takes, or asks for, more time than there is; on virtual time. */
class SlowServerTest {
  private static final Duration LONG = Duration.ofMinutes(12);

  private static Certificate issued(VirtualWorld world, RetryLimits limits, OrderRequest request) {
    return Objects.requireNonNull(
        world.await(
            world
                .client()
                .limits(limits)
                .build()
                .account(AccountRequest.create().agreeToTerms())
                .flatMap(account -> account.issue(request)),
            LONG));
  }

  @Test
  void alternateChainsThatComeSlowlyDoNotCostTheCertificate() {
    VirtualWorld world = new VirtualWorld(3, ca -> ca.fronts(1).alternateChains(8));
    for (int download = 2; download <= 9; download++) {
      world
          .ca
          .faults()
          .on(Endpoint.CERTIFICATE)
          .nth(download)
          .then(Fault.delay(Duration.ofSeconds(45)));
    }

    Certificate certificate =
        issued(
            world,
            RetryLimits.defaults().withIssueTime(Duration.ofMinutes(2)),
            OrderRequest.of("a.example.org").withChain(ChainPreference.root("Nobody")));

    assertThat(certificate.preferred()).isFalse();
    assertThat(certificate.alternates()).hasSize(8);
  }

  @Test
  void aRetryAfterBeyondTheTimeOfTheWholeWayIsNotWaitedOut() {
    VirtualWorld world = new VirtualWorld(3, ca -> ca.fronts(1).retryAfter(Duration.ofHours(1)));

    assertThat(issued(world, RetryLimits.defaults(), OrderRequest.of("a.example.org")).chain())
        .isNotEmpty();
  }
}
