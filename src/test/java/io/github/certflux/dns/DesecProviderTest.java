package io.github.certflux.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.dns.ApiServer.Answer;
import io.github.certflux.dns.DnsException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** deSEC, played by a server that does as its documentation says. */
class DesecProviderTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String TOKEN = "i-T3b1h_OI-H9ab8tRS98stGtURe";
  private static final String NAME = "_acme-challenge.www.dev.example.net";
  private static final TxtRecord FIRST = record(NAME, "first");
  private static final TxtRecord SECOND = record(NAME, "second");

  private final FakeDesec desec = new FakeDesec(TOKEN);
  private final ApiServer server = new ApiServer(desec);
  private final JumpingTimer timer = new JumpingTimer();
  private final DesecProvider provider = provider(TOKEN);

  private static TxtRecord record(String name, String value) {
    return new TxtRecord(name, value, Duration.ofMinutes(1));
  }

  private DesecProvider provider(String token) {
    return DesecProvider.create(
        server.url("/api/v1/"), token, ApiSettings.defaults().withLoopbackHttp().withTimer(timer));
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
    desec.domains.put("example.net", 3_600);
    desec.domains.put("dev.example.net", 7_200);

    provider.add(FIRST).then(provider.add(SECOND)).then(provider.add(FIRST)).block(PATIENCE);

    assertThat(desec.values(NAME)).containsExactly("\"first\"", "\"second\"");
    assertThat(desec.sets.get(NAME).path("ttl").asInt()).isEqualTo(7_200);
    assertThat(desec.sets.get(NAME).path("subname").asString()).isEqualTo("_acme-challenge.www");

    provider.remove(FIRST).then(provider.remove(FIRST)).block(PATIENCE);
    assertThat(desec.values(NAME)).containsExactly("\"second\"");

    provider.remove(SECOND).block(PATIENCE);
    assertThat(desec.sets).isEmpty();
  }

  @Test
  void valuesThatAreAddedAtOnceAreAllThere() {
    desec.domains.put("example.net", 3_600);
    List<Mono<Void>> additions = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      additions.add(provider.add(record(NAME, "value" + i)));
      values.add("\"value" + i + "\"");
    }

    Mono.when(additions).block(PATIENCE);

    assertThat(desec.values(NAME)).containsExactlyInAnyOrderElementsOf(values);
  }

  @Test
  void theDomainItselfMayHoldTheRecord() {
    desec.domains.put("zone.example", 3_600);

    provider.add(record("zone.example", "say \"hello\" \\ goodbye")).block(PATIENCE);

    assertThat(desec.values("zone.example")).containsExactly("\"say \\\"hello\\\" \\\\ goodbye\"");
    assertThat(server.lines()).contains("GET /api/v1/domains/zone.example/rrsets/@/TXT/");

    provider.remove(record("zone.example", "say \"hello\" \\ goodbye")).block(PATIENCE);
    assertThat(desec.sets).isEmpty();
  }

  @Test
  void theRateLimitIsWaitedForAsLongAsItSays() {
    desec.domains.put("example.net", 3_600);
    Answer limited =
        Answer.of(429, "{\"detail\":\"Request was throttled. Expected available in 9 seconds.\"}")
            .with("Retry-After", "9");
    server.next.add(limited);
    server.next.add(limited);

    provider.add(FIRST).block(PATIENCE);

    assertThat(desec.values(NAME)).hasSize(1);
    assertThat(timer.waited()).isBetween(Duration.ofSeconds(18), Duration.ofSeconds(23));
  }

  @Test
  void aTokenThatIsNotTakenIsToldInDesecsWords() {
    DesecProvider other = provider("another-token");

    DnsException error = failure(other.add(FIRST));

    assertThat(error.reason()).isEqualTo(Reason.CREDENTIALS);
    assertThat(error).hasMessageContaining("Invalid token.");
    other.disposeLater().block(PATIENCE);
  }

  @Test
  void aNameInNoDomainOfTheAccountIsTold() {
    DnsException error = failure(provider.add(FIRST));

    assertThat(error.reason()).isEqualTo(Reason.NO_ZONE);
    assertThat(error).hasMessageContaining("no domain of this account for " + NAME);
  }

  @Test
  void whatDesecRefusesIsToldWithItsDomain() {
    desec.domains.put("example.net", 3_600);
    server.next.add(Answer.of(200, "[{\"name\":\"example.net\",\"minimum_ttl\":1800}]"));

    DnsException error = failure(provider.add(FIRST));

    assertThat(error.zone()).contains("example.net");
    assertThat(error.code()).contains("HTTP 400");
    assertThat(error).hasMessageContaining("greater than or equal to 3600");
  }

  @Test
  void whatIsNotDesecsIsTold() {
    server.next.add(Answer.of(200, "{\"name\":\"example.net\"}"));
    assertThat(failure(provider.add(FIRST)).reason()).isEqualTo(Reason.ANSWER);

    server.next.add(Answer.of(200, "[{\"name\":\"example.com\"}]"));
    assertThat(failure(provider.add(FIRST)))
        .hasMessageContaining("is another than the domain of " + NAME + ": example.com");
  }
}
