package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.protocol.Account;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.Status;
import io.github.certflux.testca.TestCa;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class LaggingReplicasTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @Test
  void keysAreRolledOverBackToBackThoughReplicasAreLate() {
    try (TestCa ca =
        TestCa.builder()
            .lags(Duration.ZERO, Duration.ofMillis(400), Duration.ofMillis(100))
            .cacheTtl(Duration.ofMillis(200))
            .inMemory()) {
      AcmeClient acme = AcmeClient.builder(ca.directory()).transport(ca.transport()).build();

      List<Account> seen =
          acme.account(AccountRequest.create().agreeToTerms())
              .flatMapMany(
                  account ->
                      Flux.range(1, 12)
                          .concatMap(
                              each -> account.rollOver(KeyType.EC_P256).then(account.details())))
              .collectList()
              .block(LONG);

      assertThat(seen).hasSize(12).allMatch(account -> account.status().equals(Status.VALID));
      acme.disposeLater().block(LONG);
    }
  }
}
