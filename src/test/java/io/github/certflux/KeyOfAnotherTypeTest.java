package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.challenge.Unneeded;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RevocationReason;
import io.github.certflux.protocol.Status;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import io.github.certflux.testca.FaultRule;
import io.github.certflux.testca.TestCa;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/**
 * Pebble refuses a signature by the key that was replaced otherwise when the new one's type
 * differs.
 */
class KeyOfAnotherTypeTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Fault REFUSED =
      Fault.problem(
          CaProblem.of(
              400,
              "badSignatureAlgorithm",
              "signature type 'ES256' in JWS header is not supported, expected one of RS256, ES256"));

  private final TestCa ca = TestCa.builder().fronts(1).inMemory();
  private final AcmeClient acme =
      AcmeClient.builder(ca.directory())
          .transport(ca.transport())
          .solver(new Unneeded("http-01"))
          .build();

  @AfterEach
  void close() {
    acme.disposeLater().block(LONG);
    ca.close();
  }

  @Test
  void isTakenForLateRightAfterARollover() {
    AcmeAccount account = account();
    account.rollOver(KeyType.EC_P384).block(LONG);
    ca.faults().on(Endpoint.ACCOUNT).then(REFUSED);

    StepVerifier.create(account.details())
        .assertNext(shown -> assertThat(shown.status()).isEqualTo(Status.VALID))
        .expectComplete()
        .verify(LONG);
  }

  @Test
  void isTakenForLateByEachOperation() {
    AcmeAccount account = account();
    account.rollOver(KeyType.EC_P384).block(LONG);
    List<FaultRule> refusals =
        Stream.of(
                Endpoint.ACCOUNT,
                Endpoint.NEW_ORDER,
                Endpoint.ORDER,
                Endpoint.AUTHORIZATION,
                Endpoint.CHALLENGE,
                Endpoint.FINALIZE,
                Endpoint.CERTIFICATE,
                Endpoint.REVOKE_CERT)
            .map(endpoint -> ca.faults().on(endpoint).then(REFUSED))
            .toList();

    StepVerifier.create(
            account
                .update(AccountUpdate.contact("ops@example.org"))
                .then(account.issue(OrderRequest.of("example.org")))
                .flatMap(issued -> account.revoke(issued, RevocationReason.SUPERSEDED)))
        .expectComplete()
        .verify(LONG);

    assertThat(refusals).allMatch(refusal -> refusal.happened() == 1);
  }

  @Test
  void isAnErrorWhereNoKeyWasReplaced() {
    AcmeAccount account = account();
    ca.faults().on(Endpoint.ACCOUNT).then(REFUSED);

    StepVerifier.create(account.details()).expectError(AcmeProblemException.class).verify(LONG);
  }

  private AcmeAccount account() {
    return acme.account(AccountRequest.create().agreeToTerms()).blockOptional(LONG).orElseThrow();
  }
}
