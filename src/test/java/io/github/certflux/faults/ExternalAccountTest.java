package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.ExternalAccountBinding;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Credentials that a CA takes once (RFC 8555 §7.3.4), when something goes wrong; virtual time. */
class ExternalAccountTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final String MAC_KEY = "m".repeat(43);
  private static final AccountRequest REQUEST =
      AccountRequest.create()
          .agreeToTerms()
          .withExternalAccount(ExternalAccountBinding.of("kid", MAC_KEY));

  private final VirtualWorld world =
      new VirtualWorld(13, ca -> ca.fronts(1).externalAccount("kid", MAC_KEY));

  static Stream<Fault> troubles() {
    return Stream.of(
        Fault.loseAnswer(),
        Fault.loseAnswer().beforeProcessing(),
        Fault.refuseConnection(),
        Fault.gatewayPage(502),
        Fault.gatewayPage(502).afterProcessing(),
        Fault.cutShort(),
        Fault.badNonce());
  }

  @ParameterizedTest
  @MethodSource("troubles")
  void credentialsMakeOneAccountWhateverHappensToTheAnswer(Fault trouble) {
    world.ca.faults().on(Endpoint.NEW_ACCOUNT).then(trouble);

    AcmeAccount account =
        Objects.requireNonNull(world.await(world.client().build().account(REQUEST), LONG));

    assertThat(world.ca.truth().accounts()).hasSize(1);
    assertThat(world.await(account.details(), LONG)).isNotNull();
    world.assertKeyIsStored();
  }

  @Test
  void credentialsThatAreUsedUpMakeNoSecondAccount() {
    world.await(world.client().build().account(REQUEST), LONG);

    Throwable error =
        world.failure(world.client().build().account(REQUEST.withName("second")), LONG);

    assertThat(error)
        .isInstanceOfSatisfying(
            AcmeProblemException.class,
            refused -> assertThat(refused.problem().is("unauthorized")).isTrue());
    assertThat(world.ca.truth().accounts()).hasSize(1);
    assertThat(world.stored("")).noneMatch(path -> path.contains("second"));
  }
}
