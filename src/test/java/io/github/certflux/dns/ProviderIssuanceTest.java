package io.github.certflux.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.Dns01Solver;
import io.github.certflux.internal.Fingerprints;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A certificate for a name and its wildcard, by who writes DNS records; nothing stays. */
class ProviderIssuanceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ApiSettings SETTINGS =
      ApiSettings.defaults().withLoopbackHttp().withTimer(new JumpingTimer());

  /**
   * Issues at a test CA.
   *
   * @param shows whether the DNS shows that value of that name
   */
  private static void issue(DnsProvider provider, BiPredicate<String, String> shows) {
    TestCa ca = TestCa.builder().retryAfter(Duration.ZERO).validation(showing(shows)).inMemory();
    AcmeClient client =
        AcmeClient.builder(ca.directory())
            .transport(ca.transport())
            .solver(
                Dns01Solver.builder(provider).withoutAliases().propagation(Duration.ZERO).build())
            .build();
    client
        .account(AccountRequest.create().agreeToTerms())
        .flatMap(account -> account.issue(OrderRequest.of("example.org", "*.example.org")))
        .block(PATIENCE);
    client.disposeLater().then(provider.disposeLater()).block(PATIENCE);
  }

  /** Finds what a CA would compute, or nothing. */
  private static Validation showing(BiPredicate<String, String> shows) {
    return Validation.lookup(
        request ->
            Mono.just(request.keyAuthorization())
                .filter(
                    proof ->
                        shows.test(
                            "_acme-challenge." + request.identifier().value(),
                            Fingerprints.of(proof.getBytes(StandardCharsets.US_ASCII)))));
  }

  @Test
  void byCloudflare() {
    FakeCloudflare cloudflare = new FakeCloudflare("a-token");
    cloudflare.zones.put("z1", "example.org");
    try (ApiServer server = new ApiServer(cloudflare)) {
      issue(
          CloudflareProvider.create(server.url("/client/v4"), "a-token", SETTINGS),
          (name, value) ->
              cloudflare.records.stream()
                  .anyMatch(
                      one -> one.name().equals(name) && one.content().equals("\"" + value + "\"")));
    }

    assertThat(cloudflare.records).isEmpty();
  }

  @Test
  void byDesec() {
    FakeDesec desec = new FakeDesec("a-token");
    desec.domains.put("example.org", 3_600);
    try (ApiServer server = new ApiServer(desec)) {
      issue(
          DesecProvider.create(server.url("/api/v1"), "a-token", SETTINGS),
          (name, value) -> desec.values(name).contains("\"" + value + "\""));
    }

    assertThat(desec.sets).isEmpty();
  }
}
