package io.github.certflux.testcatests;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.ECKey;
import io.github.certflux.internal.AcmeRequest;
import io.github.certflux.internal.TransportFailure;
import io.github.certflux.testca.Balancing;
import io.github.certflux.testca.Exchange;
import io.github.certflux.testca.Fault;
import io.github.certflux.testca.TestCa;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What simulations lean on: time, chance and the network. */
class TestCaHistoriesTest {

  @Test
  void aSeedReplays() {
    assertThat(history(3)).isEqualTo(history(3)).isNotEqualTo(history(4));
  }

  private final ECKey key = RawClient.key();

  private List<String> history(long seed) {
    VirtualTimeScheduler time = VirtualTimeScheduler.create();
    TestCa ca =
        TestCa.builder()
            .scheduler(time)
            .random(new Random(seed))
            .balancing(Balancing.RANDOM)
            .lags(Duration.ZERO, Duration.ofSeconds(1))
            .nonceRejection(0.1)
            .inMemory();
    ca.faults().onAny().withProbability(0.1).then(Fault.serverInternal());
    ca.faults().onAny().withProbability(0.1).then(Fault.loseAnswer());
    RawClient client = RawClient.instant(ca);
    List<String> history = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      try {
        history.add(
            client
                .jwk(key, "/acme/new-acct", java.util.Map.of("termsOfServiceAgreed", true))
                .problem());
      } catch (TransportFailure lost) {
        history.add(lost.kind().name());
      }
      time.advanceTimeBy(Duration.ofMillis(100));
    }
    ca.requests().all().stream().map(Exchange::toString).forEach(history::add);
    return history;
  }

  @Test
  void latencyIsThereAndBack() {
    VirtualTimeScheduler time = VirtualTimeScheduler.create();
    TestCa ca = TestCa.builder().scheduler(time).latency(Duration.ofMillis(10)).inMemory();
    AtomicBoolean answered = new AtomicBoolean();
    ca.transport().send(AcmeRequest.get(ca.directory())).subscribe(response -> answered.set(true));

    time.advanceTimeBy(Duration.ofMillis(9));
    assertThat(ca.requests().total()).isZero();
    time.advanceTimeBy(Duration.ofMillis(1));
    assertThat(ca.requests().total()).isEqualTo(1);
    time.advanceTimeBy(Duration.ofMillis(9));
    assertThat(answered).isFalse();
    time.advanceTimeBy(Duration.ofMillis(1));
    assertThat(answered).isTrue();
  }

  @Test
  void aRequestThatWasSentIsProcessedWhoeverCancels() {
    VirtualTimeScheduler time = VirtualTimeScheduler.create();
    TestCa ca = TestCa.builder().scheduler(time).latency(Duration.ofMillis(10)).inMemory();
    Disposable request =
        ca.transport()
            .send(AcmeRequest.head(URI.create("https://ca.test/acme/new-nonce")))
            .subscribe();
    request.dispose();
    time.advanceTimeBy(Duration.ofMillis(20));

    assertThat(ca.requests().total()).isEqualTo(1);
  }

  @Test
  void aSignatureCheckCanBeInjected() {
    VirtualTimeScheduler time = VirtualTimeScheduler.create();
    TestCa ca =
        TestCa.builder()
            .scheduler(time)
            .signatureCheck((algorithm, jwk, input, signature) -> false)
            .inMemory();

    assertThat(RawClient.instant(ca).jwk(key, "/acme/new-acct", java.util.Map.of()).text("detail"))
        .contains("JWS verification error");
  }
}
