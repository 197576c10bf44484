package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.protocol.KeyType;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The keys that front ends may still know are in the store, for whoever starts meanwhile. */
class RestartInAWindowTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration NO_WAIT = Duration.ofMillis(200);

  private final VirtualWorld world =
      new VirtualWorld(3, ca -> ca.fronts(1).cacheTtl(Duration.ofSeconds(5)));

  @Test
  void aFrontEndThatStillKnowsTheOldKeyIsNotWaitedFor() {
    AcmeClient before = world.client().build();
    AcmeAccount account = account(before);
    world.await(account.details(), LONG);
    world.await(account.rollOver(KeyType.EC_P256), LONG);
    world.close(before);

    AcmeClient after = world.client().build();
    assertThat(world.await(account(after).details(), NO_WAIT)).isNotNull();
    world.close(after);
  }

  private AcmeAccount account(AcmeClient client) {
    return Objects.requireNonNull(
        world.await(client.account(AccountRequest.create().agreeToTerms()), LONG));
  }
}
