package io.github.certflux.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.github.certflux.dns.ApiServer.Answer;
import io.github.certflux.dns.DnsException.Reason;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Cloudflare, played by a server that does as its documentation says. */
class CloudflareProviderTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String TOKEN = "v1.0-a-token-of-cloudflare";
  private static final String NAME = "_acme-challenge.www.example.org";
  private static final TxtRecord FIRST = new TxtRecord(NAME, "first", Duration.ofSeconds(5));
  private static final TxtRecord SECOND = new TxtRecord(NAME, "second", Duration.ofMinutes(10));

  private final FakeCloudflare cloudflare = new FakeCloudflare(TOKEN);
  private final ApiServer server = new ApiServer(cloudflare);
  private final CloudflareProvider provider = provider(TOKEN);

  private CloudflareProvider provider(String token) {
    return CloudflareProvider.create(
        server.url("/client/v4"),
        token,
        ApiSettings.defaults().withLoopbackHttp().withTimer(new JumpingTimer()));
  }

  @AfterEach
  void close() {
    provider.disposeLater().block(PATIENCE);
    server.close();
  }

  private static DnsException failure(Mono<Void> change) {
    return (DnsException) change.materialize().map(signal -> signal.getThrowable()).block(PATIENCE);
  }

  @Test
  void valuesStandSideBySideAndAreTakenAwayOneByOne() {
    cloudflare.zones.put("z1", "example.org");

    Mono.when(provider.add(FIRST), provider.add(SECOND)).block(PATIENCE);

    assertThat(cloudflare.records)
        .extracting(FakeCloudflare.Txt::name, FakeCloudflare.Txt::content, FakeCloudflare.Txt::ttl)
        .containsExactlyInAnyOrder(tuple(NAME, "\"first\"", 60), tuple(NAME, "\"second\"", 600));

    provider.remove(FIRST).block(PATIENCE);
    provider.remove(FIRST).block(PATIENCE);

    assertThat(cloudflare.records)
        .extracting(FakeCloudflare.Txt::content)
        .containsExactly("\"second\"");
  }

  @Test
  void aValueThatIsThereIsNoError() {
    cloudflare.zones.put("z1", "example.org");

    provider.add(FIRST).then(provider.add(FIRST)).block(PATIENCE);

    assertThat(cloudflare.records).hasSize(1);
  }

  @Test
  void anAdditionWhoseAnswerIsLostIsDoneOnce() {
    cloudflare.zones.put("z1", "www.example.org");
    provider.add(SECOND).block(PATIENCE);
    int before = server.requests.size();
    server.next.add(Answer.of(200, zone("z1")));
    server.next.add(Answer.lost());

    provider.add(FIRST).block(PATIENCE);

    assertThat(server.requests.subList(before, server.requests.size())).hasSize(3);
    assertThat(cloudflare.records).hasSize(2);
  }

  private static String zone(String id) {
    return "{\"success\":true,\"result\":[{\"id\":\"" + id + "\",\"status\":\"active\"}]}";
  }

  @Test
  void theZoneIsThatOfTheLongestNameAndInUse() {
    cloudflare.zones.put("z1", "example.org");
    cloudflare.zones.put("pending2", "www.example.org");
    cloudflare.zones.put("z3", "www.example.org");

    provider.add(FIRST).block(PATIENCE);

    assertThat(cloudflare.records).extracting(FakeCloudflare.Txt::zone).containsExactly("z3");
    assertThat(server.lines())
        .isEqualTo(
            """
            GET /client/v4/zones?per_page=50&name=_acme-challenge.www.example.org
            GET /client/v4/zones?per_page=50&name=www.example.org
            POST /client/v4/zones/z3/dns_records""");
  }

  @Test
  void aValueIsFoundOnALaterPageAndWithoutQuotes() {
    cloudflare.zones.put("z1", "example.org");
    cloudflare.pageSize = 2;
    for (int i = 0; i < 4; i++) {
      provider.add(new TxtRecord(NAME, "other" + i, Duration.ofMinutes(1))).block(PATIENCE);
    }
    cloudflare.records.add(new FakeCloudflare.Txt("byHand", "z1", NAME, "first", 300));

    provider.remove(FIRST).block(PATIENCE);

    assertThat(cloudflare.records).hasSize(4).noneMatch(one -> one.content().contains("first"));
  }

  @Test
  void aNameInNoZoneIsToldWithoutAWrite() {
    cloudflare.zones.put("z1", "example.net");

    DnsException error = failure(provider.add(FIRST));

    assertThat(error.reason()).isEqualTo(Reason.NO_ZONE);
    assertThat(error).hasMessageContaining("Cloudflare shows no zone for " + NAME);
    assertThat(server.lines()).doesNotContain("POST");
  }

  @Test
  void aTokenThatIsNotTakenIsToldInCloudflaresWords() {
    CloudflareProvider other = provider("another-token");

    DnsException error = failure(other.add(FIRST));

    assertThat(error.reason()).isEqualTo(Reason.REFUSED);
    assertThat(error.code()).contains("HTTP 403");
    assertThat(error)
        .hasMessageContaining("Authentication error (10000)")
        .hasMessageNotContaining("another-token");
    other.disposeLater().block(PATIENCE);
  }

  @Test
  void whatCloudflareRefusesIsToldWithItsZone() {
    cloudflare.zones.put("z1", "_acme-challenge.www.example.org");
    server.next.add(Answer.of(200, zone("z1")));
    server.next.add(FakeCloudflare.error(400, 81_053, "An A record exists."));

    DnsException error = failure(provider.add(FIRST));

    assertThat(error.zone()).contains(NAME);
    assertThat(error).hasMessageContaining("An A record exists. (81053)");
  }

  @Test
  void whatIsNotCloudflaresIsTold() {
    server.next.add(Answer.of(200, "<html>a captive portal</html>"));
    assertThat(failure(provider.add(FIRST)).reason()).isEqualTo(Reason.ANSWER);

    server.next.add(Answer.of(200, "{\"success\":true,\"result\":[{\"id\":\"../../x\"}]}"));
    assertThat(failure(provider.add(FIRST)))
        .hasMessageContaining("an identifier of letters and digits: ../../x");

    server.next.add(
        Answer.of(200, "{\"success\":false,\"errors\":[{\"code\":1,\"message\":\"m\"}]}"));
    assertThat(failure(provider.add(FIRST))).hasMessageContaining("m (1)");
  }

  @Test
  void theRateLimitIsWaitedForWithinThePatience() {
    cloudflare.zones.put("z1", "example.org");
    server.next.add(
        FakeCloudflare.error(429, 971, "Please wait and consider throttling your request speed")
            .with("Retry-After", "3"));

    provider.add(FIRST).block(PATIENCE);

    assertThat(cloudflare.records).hasSize(1);
  }
}
