package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.KeyRollover;
import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.TransportFailure;
import io.github.certflux.protocol.KeyType;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/**
 * A key-change whose answer was lost, and that comes after a later rollover, to a front end that
 * has the first key in its cache: the account has a replaced key again.
 */
class LateKeyChangeTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration LATE = Duration.ofSeconds(2);
  private static final Duration WINDOW = Duration.ofSeconds(10);

  private final VirtualWorld world = new VirtualWorld(29, ca -> ca.fronts(1));
  private int keyChanges;

  private Mono<AcmeResponse> firstKeyChangeIsLate(AcmeRequest request) {
    if (!request.url().getPath().contains("key-change") || keyChanges++ > 0) {
      return world.ca.transport().send(request);
    }
    world.after(LATE).then(world.ca.transport().send(request)).subscribe();
    return Mono.error(new TransportFailure(TransportFailure.Kind.LOST, "late", null));
  }

  @Test
  void theKeyIsRolledOverOnceMoreAndNoneIsLost() {
    AcmeAccount account =
        await(
            world
                .client(this::firstKeyChangeIsLate)
                .build()
                .account(AccountRequest.create().agreeToTerms()));
    await(account.details()); // now the front end has the first key in its cache

    KeyRollover first = await(account.rollOver(KeyType.EC_P256));
    KeyRollover second = await(account.rollOver(KeyType.EC_P256));
    world.pass(LATE.plusMillis(100));
    assertThat(world.ca.truth().accountWithKey(first.thumbprint()))
        .as("the late key-change was done")
        .isPresent();
    world.pass(WINDOW);

    assertThat(world.ca.truth().accountWithKey(second.thumbprint())).isPresent();
    assertThat(await(account.details()).url()).isEqualTo(account.url());
    world.pass(WINDOW.multipliedBy(2));
    world.assertKeyIsStored();
    assertThat(world.stored(VirtualWorld.ACCOUNT + "/keys")).hasSize(1);
    assertThat(await(account.details()).url()).isEqualTo(account.url());
  }

  private <T> T await(Mono<T> work) {
    return Objects.requireNonNull(world.await(work, LONG));
  }
}
