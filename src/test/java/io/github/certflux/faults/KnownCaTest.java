package io.github.certflux.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.ExternalAccountBinding;
import io.github.certflux.KnownCa;
import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.AcmeTransport;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.protocol.AcmeExternalAccountException;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.testca.Endpoint;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.scheduler.Schedulers;

/** What is known of a CA counts, whatever its directory says; on virtual time. */
class KnownCaTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final ExternalAccountBinding BINDING =
      ExternalAccountBinding.of("kid", "c".repeat(86));

  private final VirtualWorld world = new VirtualWorld(2, ca -> ca.fronts(1));

  /** The test CA in a known one's place; its directory says nothing of external accounts. */
  private AcmeClient client(KnownCa ca) {
    AcmeTransport behind = world.ca.transport();
    return AcmeClient.builder(ca)
        .transport(
            request ->
                behind.send(
                    request.url().equals(ca.directory())
                        ? AcmeRequest.get(world.ca.directory())
                        : request))
        .timer(world.time)
        .crypto(JcaCrypto.create(JcaCrypto.drbg(), Schedulers.immediate()))
        .store(world.store)
        .build();
  }

  @ParameterizedTest
  @EnumSource(
      value = KnownCa.class,
      names = {"LETS_ENCRYPT", "LETS_ENCRYPT_STAGING"},
      mode = EnumSource.Mode.EXCLUDE)
  void anAccountWithoutWhatTheCaNeedsIsNotAskedFor(KnownCa ca) {
    AccountRequest agreed = AccountRequest.create().agreeToTerms();

    assertThat(world.failure(client(ca).account(agreed), LONG))
        .isInstanceOf(AcmeExternalAccountException.class);
    if (ca.contactRequired()) {
      assertThat(world.failure(client(ca).account(agreed.withExternalAccount(BINDING)), LONG))
          .isInstanceOfSatisfying(
              AcmeProblemException.class,
              error -> {
                assertThat(error.problem().is("invalidContact")).isTrue();
                assertThat(error.status()).isZero();
              });
    }
    assertThat(world.ca.requests().count(Endpoint.NEW_ACCOUNT)).isZero();
    assertThat(world.stored("")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(KnownCa.class)
  void aCaIsKnownByItsDirectory(KnownCa ca) {
    assertThat(KnownCa.at(ca.directory())).contains(ca);
    assertThat(ca.directory().getScheme()).isEqualTo("https");
  }

  @Test
  void otherCasAreWhatTheirDirectoriesSay() {
    assertThat(KnownCa.at(URI.create("https://ca.test/directory"))).isEmpty();
    assertThat(KnownCa.LETS_ENCRYPT.externalAccountRequired()).isFalse();
    assertThat(
            world.await(
                client(KnownCa.LETS_ENCRYPT).account(AccountRequest.create().agreeToTerms()), LONG))
        .isNotNull();
  }
}
