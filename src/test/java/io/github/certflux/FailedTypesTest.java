package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.challenge.Unneeded;
import io.github.certflux.protocol.AcmeAuthorizationException;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What the CA could not prove by one type of challenge is proved by another the next time. */
class FailedTypesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final List<String> triggered = new ArrayList<>();

  private static <T> T await(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(PATIENCE));
  }

  /** As behind a balancer that ends TLS. */
  @Test
  void theNextOrderTriesAnotherTypeAndThenStaysWithIt() {
    try (TestCa ca = ca("http-01", "dns-01")) {
      AcmeClient client = client(ca);
      AcmeAccount account = await(client.account(AccountRequest.create().agreeToTerms()));

      assertThat(issued(account, "www.example.org")).isFalse();
      assertThat(issued(account, "www.example.org", "other.example.org")).as("other").isFalse();
      assertThat(issued(account, "www.example.org", "other.example.org")).isTrue();

      assertThat(triggered)
          .contains("www.example.org http-01", "other.example.org http-01")
          .filteredOn(each -> each.endsWith("tls-alpn-01"))
          .containsExactly("www.example.org tls-alpn-01", "other.example.org tls-alpn-01");
      await(client.disposeLater().thenReturn(true));
    }
  }

  @Test
  void whereEachHasFailedTheOneThatFailedLongestAgoIsTried() {
    try (TestCa ca = ca("dns-01")) {
      AcmeClient client = client(ca);
      AcmeAccount account = await(client.account(AccountRequest.create().agreeToTerms()));

      for (int time = 1; time <= 3; time++) {
        assertThat(issued(account, "www.example.org")).isFalse();
      }

      assertThat(triggered)
          .containsExactly(
              "www.example.org tls-alpn-01",
              "www.example.org http-01",
              "www.example.org tls-alpn-01");
      await(client.disposeLater().thenReturn(true));
    }
  }

  @Test
  void theNamesThatFailedLongAgoAreForgotten() {
    FailedTypes failed = new FailedTypes();
    for (int i = 0; i <= 10_000; i++) {
      failed.add(Identifier.dns("n" + i + ".example.org"), Challenge.HTTP_01);
      failed.add(Identifier.dns("n1.example.org"), Challenge.HTTP_01);
    }

    assertThat(failed.of(Identifier.dns("n0.example.org"))).isEmpty();
    assertThat(failed.of(Identifier.dns("n1.example.org"))).containsExactly(Challenge.HTTP_01);
    assertThat(failed.of(Identifier.dns("n10000.example.org"))).isNotEmpty();
  }

  private static TestCa ca(String... validated) {
    Map<String, Validation> types = new HashMap<>();
    for (String type : validated) {
      types.put(type, Validation.always());
    }
    return TestCa.builder()
        .validation(Validation.byType(types))
        .retryAfter(Duration.ZERO)
        .inMemory();
  }

  private static AcmeClient client(TestCa ca) {
    return AcmeClient.builder(ca.directory())
        .transport(ca.transport())
        .solver(new Unneeded("tls-alpn-01"))
        .solver(new Unneeded("http-01"))
        .build();
  }

  private boolean issued(AcmeAccount account, String... names) {
    return await(
        account
            .issueEvents(OrderRequest.of(names))
            .doOnNext(
                event -> {
                  if (event.kind() == IssueEvent.Kind.TRIGGERED) {
                    triggered.add(event.identifier().orElseThrow().value() + " " + event.detail());
                  }
                })
            .then(Mono.just(true))
            .onErrorReturn(AcmeAuthorizationException.class, false));
  }
}
