package io.github.certflux.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.certflux.dns.ApiServer.Answer;
import io.github.certflux.dns.DnsException.Reason;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What every provider with an API does, and lego's protocol {@code httpreq}. */
class JsonApiTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final TxtRecord RECORD =
      new TxtRecord("_acme-challenge.example.org", "value", Duration.ofMinutes(1));

  private final JumpingTimer timer = new JumpingTimer();
  private final ApiSettings settings = ApiSettings.defaults().withLoopbackHttp().withTimer(timer);
  private final ApiServer server = new ApiServer(request -> Answer.of(200, "done"));
  private final HttpReqProvider provider =
      HttpReqProvider.create(server.url("/dns/"), "user", "pass word", settings);

  @AfterEach
  void close() {
    provider.disposeLater().block(PATIENCE);
    server.close();
  }

  private static DnsException failure(Mono<Void> change) {
    return (DnsException) change.materialize().map(signal -> signal.getThrowable()).block(PATIENCE);
  }

  @Test
  void aServiceIsToldWhatToAddAndWhatToTakeAway() {
    assertThat(provider.name()).isEqualTo("httpreq:127.0.0.1:" + server.url("").getPort());

    provider.add(RECORD).block(PATIENCE);
    provider.remove(RECORD).block(PATIENCE);

    assertThat(server.lines()).isEqualTo("POST /dns/present\nPOST /dns/cleanup");
    assertThat(server.requests)
        .allSatisfy(
            request -> {
              assertThat(request.body())
                  .isEqualTo("{\"fqdn\":\"_acme-challenge.example.org.\",\"value\":\"value\"}");
              assertThat(request.headers().get("Content-Type")).isEqualTo("application/json");
              assertThat(request.headers().get("Authorization"))
                  .isEqualTo("Basic dXNlcjpwYXNzIHdvcmQ=");
            });
  }

  @Test
  void nothingIsSentBeforeASubscription() {
    Mono<Void> change = provider.add(RECORD);
    assertThat(server.requests).isEmpty();

    change.then(change).block(PATIENCE);

    assertThat(server.requests).hasSize(2);
  }

  @Test
  void whoIsAskedToWaitWaitsAsLong() {
    server.next.add(Answer.of(429, "slowly").with("Retry-After", "7"));
    server.next.add(Answer.of(503, "busy").with("Retry-After", "11"));

    provider.add(RECORD).block(PATIENCE);

    assertThat(server.requests).hasSize(3);
    assertThat(timer.waited()).isBetween(Duration.ofSeconds(18), Duration.ofSeconds(23));
  }

  @Test
  void aWaitThatIsLongerThanThePatienceIsToldAtOnce() {
    server.next.add(Answer.of(429, "slowly").with("Retry-After", "300"));

    DnsException error = failure(provider.add(RECORD));

    assertThat(error.reason()).isEqualTo(Reason.LIMITED);
    assertThat(error.code()).contains("HTTP 429");
    assertThat(error).hasMessageContaining("it asks to wait 300 s").hasMessageContaining("slowly");
    assertThat(timer.waited()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503, 504, 429, 0})
  void whatMayPassIsTriedAgain(int status) {
    Answer trouble = status == 0 ? Answer.lost() : Answer.of(status, "trouble");
    server.next.add(trouble);
    server.next.add(trouble);

    provider.add(RECORD).block(PATIENCE);

    assertThat(server.requests).hasSize(3);
    assertThat(timer.waited()).isBetween(Duration.ofMillis(750), Duration.ofMillis(1_500));
  }

  @Test
  void whatDoesNotPassIsToldInTheEnd() {
    for (int i = 0; i < 10; i++) {
      server.next.add(Answer.of(500, "out of\norder"));
    }

    DnsException error = failure(provider.add(RECORD));

    assertThat(error.reason()).isEqualTo(Reason.FAILED);
    assertThat(error).hasMessageContaining("refused POST /present: out of order");
    assertThat(server.requests).hasSize(6);
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    server.close();

    DnsException error = failure(provider.add(RECORD));

    assertThat(error.reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(error.server()).isEqualTo("127.0.0.1:" + server.url("").getPort());
    assertThat(error).hasMessageContaining("connection refused");
  }

  @Test
  void wrongCredentialsAreToldAtOnceAndNotShown() {
    server.next.add(Answer.of(401, "no such user with pass word, dXNlcjpwYXNzIHdvcmQ="));

    DnsException error = failure(provider.add(RECORD));

    assertThat(error.reason()).isEqualTo(Reason.CREDENTIALS);
    assertThat(error).hasMessageContaining("no such user with ***, ***");
    assertThat(error).hasMessageNotContaining("pass word");
    assertThat(provider.toString()).doesNotContain("pass word", "dXNlc");
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void noRedirectIsFollowedWithAPassword() {
    server.next.add(Answer.of(307, "").with("Location", server.url("/elsewhere").toString()));

    DnsException error = failure(provider.add(RECORD));

    assertThat(error.reason()).isEqualTo(Reason.ANSWER);
    assertThat(error).hasMessageContaining("a redirect, which is not followed");
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void aBodyWithoutEndIsNotRead() {
    server.next.add(Answer.of(200, "x".repeat((1 << 20) + 1)));

    DnsException error = failure(provider.add(RECORD));

    assertThat(error.reason()).isEqualTo(Reason.ANSWER);
    assertThat(error).hasMessageContaining("is larger than 1048576 bytes");
  }

  @Test
  void passwordsGoToHttpsAlone() {
    for (String url :
        new String[] {
          "http://dns.example.org/",
          "http://user:geheim@127.0.0.1/",
          "https://dns.example.org/?key=geheim"
        }) {
      assertThat(catchThrowable(() -> HttpReqProvider.create(URI.create(url), settings)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("https URL without user, query and fragment")
          .message()
          .doesNotContain("geheim");
    }
  }

  @Test
  void aCancelledAdditionIsOverBeforeItIsTakenAway() {
    Sinks.Empty<Void> gate = Sinks.empty();
    server.gate = gate.asMono();
    Disposable adding = provider.add(RECORD).subscribe();
    server.arrived(1).block(PATIENCE);
    adding.dispose();

    StepVerifier.create(provider.remove(RECORD))
        .expectSubscription()
        .then(() -> assertThat(server.lines()).isEqualTo("POST /dns/present"))
        .then(gate::tryEmitEmpty)
        .expectComplete()
        .verify(PATIENCE);
    assertThat(server.lines()).isEqualTo("POST /dns/present\nPOST /dns/cleanup");
  }

  @Test
  void aCancelEndsTheWaitForAnotherTry() {
    VirtualTimeScheduler virtual = VirtualTimeScheduler.create();
    HttpReqProvider patient =
        HttpReqProvider.create(server.url("/dns"), settings.withTimer(virtual));
    server.next.add(Answer.of(503, "busy").with("Retry-After", "20"));
    Disposable adding = patient.add(RECORD).subscribe();
    server.arrived(1).block(PATIENCE);
    adding.dispose();

    patient.remove(RECORD).block(PATIENCE);
    virtual.advanceTimeBy(Duration.ofMinutes(1));

    assertThat(server.lines()).isEqualTo("POST /dns/present\nPOST /dns/cleanup");
    patient.disposeLater().block(PATIENCE);
  }
}
