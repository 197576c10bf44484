package io.github.certflux.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.protocol.AcmeOperation;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

/** What is kept of refusals, of which a server may send any number, and of any size. */
class SuspicionTest {
  private static final URI URL = URI.create("https://ca.test/acme/new-order");

  private static Failure failure(String detail) {
    String body =
        "{\"type\":\"urn:ietf:params:acme:error:malformed\",\"detail\":\"" + detail + "\"}";
    return Failure.answered(
        AcmeOperation.NEW_ORDER,
        URL,
        new AcmeResponse(
            400,
            null,
            null,
            null,
            null,
            "application/problem+json",
            List.of(),
            body.getBytes(UTF_8)),
        Instant.EPOCH);
  }

  @Test
  void refusalsOfOneNonceBeyondSixteenAreNotKept() {
    AccountKey key =
        AccountKey.of(RfcKeys.p256(), JcaCrypto.create(JcaCrypto.drbg(), Schedulers.immediate()));
    Failure otherwise = failure("otherwise");

    for (int before : new int[] {15, 16, 10_000}) {
      Suspicion suspicion = new Suspicion();
      for (int i = 0; i < before; i++) {
        suspicion.refused(failure("about keys"));
      }
      Failure last = failure("the last");
      suspicion.refused(last);
      suspicion.badNonce(key);

      assertThat(suspicion.refusal(otherwise)).isSameAs(before < 16 ? last : otherwise);
    }
  }
}
