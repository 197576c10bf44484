package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.failure;
import static io.github.certflux.contract.ServerUnderTest.problem;
import static io.github.certflux.contract.ServerUnderTest.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeAccount;
import io.github.certflux.ExternalAccountBinding;
import io.github.certflux.ExternalAccountBinding.Algorithm;
import io.github.certflux.protocol.AcmeExternalAccountException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.Status;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** External account binding (RFC 8555 §7.3.4), on servers that need it. */
interface ExternalAccountContract extends ServerUnderTest {

  /** A MAC key of 64 bytes, for the identifiers {@code kid-0} to {@code kid-9}. */
  static String macKey(int number) {
    byte[] key = new byte[64];
    java.util.Arrays.fill(key, (byte) (0xf0 + number));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(key);
  }

  private static ExternalAccountBinding binding(int number) {
    return ExternalAccountBinding.of("kid-" + number, macKey(number));
  }

  @Test
  default void thatABindingIsNeededIsNoticedBeforeAnythingIsMade() {
    Node node = open();

    AcmeExternalAccountException error =
        failure(AcmeExternalAccountException.class, node.client.account(request()));

    assertThat(error.status()).isZero();
    assertThat(error.advice()).contains("MAC key");
    assertThat(error.getMessage()).doesNotContain("HTTP");
    assertThat(node.seen.count(AcmeOperation.NEW_ACCOUNT)).isZero();
    assertThat(node.store.list("").collectList().block(PATIENCE)).isEmpty();
  }

  @Test
  default void aBindingIsUsedOnceAndThenTheStoredAccountSuffices() {
    Node node = open();

    AcmeAccount bound = await(node.client.account(request().withExternalAccount(binding(0))));
    AcmeAccount again = await(open(node.store).client.account(request()));

    assertThat(again.url()).isEqualTo(bound.url());
    assertThat(await(again.details()).status()).isEqualTo(Status.VALID);
    assertThat(node.seen.count(AcmeOperation.NEW_ACCOUNT)).isEqualTo(1);
    node.store
        .list("")
        .concatMap(node.store::read)
        .doOnNext(stored -> assertThat(stored.text()).doesNotContain("kid-0", macKey(0)))
        .blockLast(PATIENCE);
  }

  @Test
  default void everyAlgorithmBinds() {
    int number = 1;
    for (Algorithm algorithm : Algorithm.values()) {
      ExternalAccountBinding binding = binding(number++).withAlgorithm(algorithm);

      AcmeAccount account = await(open().client.account(request().withExternalAccount(binding)));

      assertThat(await(account.details()).status()).as(algorithm.name()).isEqualTo(Status.VALID);
    }
  }

  @Test
  default void credentialsThatAreWrongMakeNoAccount() {
    Node node = open();
    ExternalAccountBinding unknown = ExternalAccountBinding.of("nobody", macKey(5));
    ExternalAccountBinding wrong = ExternalAccountBinding.of("kid-5", macKey(6));

    for (ExternalAccountBinding binding : new ExternalAccountBinding[] {unknown, wrong}) {
      AcmeProblemException problem =
          problem(node.client.account(request().withExternalAccount(binding)));

      assertThat(problem.problem().name()).isEqualTo("unauthorized");
      assertThat(problem.getMessage()).doesNotContain(macKey(5), macKey(6));
      assertThat(node.client.findAccount().blockOptional(PATIENCE)).isEmpty();
    }
    assertThat(await(node.client.account(request().withExternalAccount(binding(5)))).url())
        .isNotNull();
  }
}
