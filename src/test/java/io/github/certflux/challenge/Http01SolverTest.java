package io.github.certflux.challenge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.certflux.protocol.Identifier;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.test.StepVerifier;

class Http01SolverTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PATH = "/.well-known/acme-challenge/";
  private static final String TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final Http01Solver solver = Http01Solver.builder().address(LOOPBACK).port(0).build();

  @AfterEach
  void close() {
    solver.disposeLater().block(PATIENCE);
  }

  private static SolverRequest request(String token, String keyAuthorization) {
    return new SolverRequest(
        Identifier.dns("www.example.org"),
        false,
        token,
        keyAuthorization,
        URI.create("https://ca.example/acct/1"));
  }

  private static SolverRequest request(String token) {
    return request(token, token + ".thumbprint");
  }

  private record Answer(int status, String type, String length, String body) {}

  private Mono<Answer> ask(HttpMethod method, String uri) {
    return HttpClient.newConnection()
        .request(method)
        .uri("http://127.0.0.1:" + solver.port() + uri)
        .responseSingle(
            (response, body) ->
                body.asString()
                    .defaultIfEmpty("")
                    .map(
                        text ->
                            new Answer(
                                response.status().code(),
                                response.responseHeaders().get("content-type"),
                                response.responseHeaders().get("content-length"),
                                text)));
  }

  private Answer get(String uri) {
    return ask(HttpMethod.GET, uri).block(PATIENCE);
  }

  /** What comes back for these bytes, up to the end of the connection. */
  private String raw(String bytes) throws IOException {
    return PlainBytes.answered(solver.port(), bytes);
  }

  @Test
  void theKeyAuthorizationIsServedFromPresentToCleanUp() {
    solver.present(request(TOKEN)).block(PATIENCE);

    assertThat(get(PATH + TOKEN))
        .isEqualTo(new Answer(200, "application/octet-stream", "54", TOKEN + ".thumbprint"));
    assertThat(ask(HttpMethod.HEAD, PATH + TOKEN).block(PATIENCE))
        .isEqualTo(new Answer(200, "application/octet-stream", "54", ""));

    solver.cleanUp(request(TOKEN)).block(PATIENCE);
    solver.cleanUp(request(TOKEN)).block(PATIENCE);

    assertThat(get(PATH + TOKEN)).isEqualTo(new Answer(404, null, "0", ""));
  }

  @Test
  void nothingHappensBeforeASubscription() {
    solver.present(request(TOKEN));
    Mono<Void> cleanUp = solver.cleanUp(request(TOKEN));

    assertThat(solver.port()).isZero();
    solver.present(request(TOKEN)).block(PATIENCE);
    assertThat(solver.port()).isPositive();
    assertThat(get(PATH + TOKEN).status()).isEqualTo(200);
    cleanUp.block(PATIENCE);
    assertThat(get(PATH + TOKEN).status()).isEqualTo(404);
  }

  @Test
  void whatIsPresentedAgainTakesThePlaceAndSurvivesTheCleanUpOfTheFirst() {
    solver.present(request(TOKEN, TOKEN + ".old")).block(PATIENCE);
    solver.present(request(TOKEN, TOKEN + ".new")).block(PATIENCE);

    solver.cleanUp(request(TOKEN, TOKEN + ".old")).block(PATIENCE);

    assertThat(get(PATH + TOKEN).body()).isEqualTo(TOKEN + ".new");
    solver.cleanUp(request(TOKEN, TOKEN + ".new")).block(PATIENCE);
    assertThat(get(PATH + TOKEN).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/index.html",
        "/.well-known/acme-challenge",
        "/.well-known/acme-challenge/",
        "/.well-known/acme-challenge//" + TOKEN,
        "/.well-known/acme-challenge/" + TOKEN + "/",
        "/.well-known/acme-challenge/" + TOKEN + "?x",
        "/.well-known/acme-challenge/" + TOKEN + "%00",
        "/.well-known/acme-challenge/%65vaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA",
        "/.well-known/acme-challenge/../acme-challenge/" + TOKEN,
        "/.well-known/acme-challenge/../../etc/passwd",
        "/x/.well-known/acme-challenge/" + TOKEN,
        "//.well-known/acme-challenge/" + TOKEN,
        "/.WELL-KNOWN/acme-challenge/" + TOKEN,
        "http://localhost/.well-known/acme-challenge/" + TOKEN,
        "*",
        "/<script>alert(1)</script>",
      })
  void everyOtherPathIsNotFoundAndDoesNotComeBack(String uri) throws Exception {
    solver.present(request(TOKEN)).block(PATIENCE);

    String answer = raw("GET " + uri + " HTTP/1.1\r\nHost: evil.example\r\nX-Probe: mark\r\n\r\n");

    assertThat(answer.toLowerCase(Locale.ROOT))
        .startsWith("http/1.1 404 not found\r\n")
        .contains("content-length: 0\r\n")
        .endsWith("\r\n\r\n")
        .doesNotContain("evil", "mark", "script", "well-known", "thumbprint");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "XXX"})
  void everyOtherMethodIsNotFound(String method) throws Exception {
    solver.present(request(TOKEN)).block(PATIENCE);

    assertThat(raw(method + " " + PATH + TOKEN + " HTTP/1.1\r\nHost: a\r\nX-Probe: mark\r\n\r\n"))
        .startsWith("HTTP/1.1 404 Not Found\r\n")
        .doesNotContain("mark", "thumbprint");
  }

  @Test
  void oneConnectionIsGoodForOneRequest() throws Exception {
    solver.present(request(TOKEN)).block(PATIENCE);
    String get = "GET " + PATH + TOKEN + " HTTP/1.1\r\nHost: a\r\n\r\n";

    assertThat(raw(get + get).split("HTTP/1.1 200 OK", -1)).hasSize(2);
  }

  @Test
  void requestsThatAreTooLargeOrNotHttpAreCutOff() throws Exception {
    solver.present(request(TOKEN)).block(PATIENCE);

    assertThat(raw("GET /" + "a".repeat(5_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
        .startsWith("HTTP/1.1 414 ")
        .doesNotContain("aaa");
    assertThat(
            raw("GET / HTTP/1.1\r\nHost: a\r\n" + ("X-A: " + "b".repeat(500) + "\r\n").repeat(50)))
        .startsWith("HTTP/1.1 431 ")
        .doesNotContain("bbb");
    assertThat(raw("\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(get(PATH + TOKEN).status()).isEqualTo(200);
  }

  @Test
  void aBodyWithoutEndIsNotReadForEver() throws Exception {
    solver.present(request(TOKEN)).block(PATIENCE);

    assertThat(
            raw(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"
                    + "c".repeat(100_000)))
        .startsWith("HTTP/1.1 404 ");
  }

  @Test
  void tenThousandTokensAreServedAtOnce() {
    Flux.range(0, 10_000).flatMap(i -> solver.present(request(token(i))), 256).blockLast(PATIENCE);

    Flux.range(0, 10_000)
        .filter(i -> i % 50 == 0)
        .flatMap(
            i ->
                ask(HttpMethod.GET, PATH + token(i))
                    .doOnNext(
                        answer -> assertThat(answer.body()).isEqualTo(token(i) + ".thumbprint")),
            32)
        .blockLast(PATIENCE);

    Flux.range(0, 10_000).flatMap(i -> solver.cleanUp(request(token(i)))).blockLast(PATIENCE);
    assertThat(get(PATH + token(0)).status()).isEqualTo(404);
    assertThat(get(PATH + token(9_999)).status()).isEqualTo(404);
  }

  private static String token(int i) {
    return TOKEN.substring(0, 30) + i;
  }

  @Test
  void manyWhoPresentAtOnceShareOnePort() {
    List<Integer> ports =
        Flux.range(0, 100)
            .flatMap(
                i ->
                    solver
                        .present(request(token(i)))
                        .subscribeOn(Schedulers.parallel())
                        .then(Mono.fromSupplier(solver::port)),
                100)
            .distinct()
            .collectList()
            .block(PATIENCE);

    assertThat(ports).hasSize(1);
  }

  @Test
  void aPortInUseIsAnErrorToAllWhoWaitAndTriedAgainByTheNext() throws Exception {
    ServerSocket other = new ServerSocket(0, 50, LOOPBACK);
    int port = other.getLocalPort();
    Http01Solver blocked = Http01Solver.builder().address(LOOPBACK).port(port).build();

    for (int i = 0; i < 3; i++) {
      StepVerifier.create(
              Flux.mergeDelayError(
                  2, blocked.present(request(token(1))), blocked.present(request(token(2)))))
          .verifyError();
    }
    StepVerifier.create(blocked.present(request(TOKEN)))
        .consumeErrorWith(
            error ->
                assertThat(error)
                    .isInstanceOf(SolverException.class)
                    .hasMessageContaining("port " + port + ", which is in use: "))
        .verify(PATIENCE);

    other.close();
    blocked.present(request(TOKEN)).block(PATIENCE);
    assertThat(blocked.port()).isEqualTo(port);
    blocked.disposeLater().block(PATIENCE);
  }

  @Test
  void anAddressOfAnotherMachineIsAnError() throws Exception {
    Http01Solver elsewhere =
        Http01Solver.builder().address(InetAddress.getByName("192.0.2.1")).port(0).build();

    StepVerifier.create(elsewhere.present(request(TOKEN)))
        .consumeErrorWith(
            error ->
                assertThat(error)
                    .isInstanceOf(SolverException.class)
                    .hasMessageStartingWith("http-01 can't listen on 192.0.2.1 port 0"))
        .verify(PATIENCE);
    elsewhere.disposeLater().block(PATIENCE);
  }

  @Test
  void aPortThatTakesAPrivilegeIsAnErrorThatSaysWhatToDo() {
    assertThat(
            ListeningPort.what(
                "http-01",
                80,
                new InetSocketAddress(80),
                ChannelBindException.fail(
                    new InetSocketAddress(80),
                    new IOException("bind(..) failed: Permission denied"))))
        .isEqualTo(
            "http-01 can't listen on port 80, which needs a privilege (CAP_NET_BIND_SERVICE on"
                + " Linux): grant it, or choose another port and forward port 80 to it");
  }

  @Test
  void withoutAnAddressEveryAddressIsListenedOn() {
    Http01Solver everywhere = Http01Solver.onPort(0);
    everywhere.present(request(TOKEN)).block(PATIENCE);

    Integer status =
        HttpClient.newConnection()
            .get()
            .uri("http://127.0.0.1:" + everywhere.port() + PATH + TOKEN)
            .responseSingle((response, body) -> Mono.just(response.status().code()))
            .block(PATIENCE);
    everywhere.disposeLater().block(PATIENCE);

    assertThat(status).isEqualTo(200);
  }

  @Test
  void aCancelLeavesThePortToTheOthers() {
    StepVerifier.create(solver.present(request(TOKEN, TOKEN + ".cancelled")))
        .thenCancel()
        .verify(PATIENCE);
    Mono<Void> other = solver.present(request(token(1)));
    StepVerifier.create(other).verifyComplete();

    solver.cleanUp(request(TOKEN, TOKEN + ".cancelled")).block(PATIENCE);

    assertThat(get(PATH + token(1)).status()).isEqualTo(200);
    assertThat(get(PATH + TOKEN).status()).isEqualTo(404);
  }

  @Test
  void aTokenThatIsNotBase64UrlIsRefused() {
    for (String token : List.of("", "../../x", "a b", "a%41", "a/b", "a=", "x".repeat(129), "é")) {
      StepVerifier.create(solver.present(request(token)))
          .verifyError(IllegalArgumentException.class);
    }
    assertThat(solver.port()).isZero();
  }

  @Test
  void aClosedSolverFreesThePortAndServesNoMore() throws Exception {
    solver.present(request(TOKEN)).block(PATIENCE);
    int port = solver.port();
    try (Socket idle = new Socket(LOOPBACK, port)) {
      idle.setSoTimeout((int) PATIENCE.toMillis());
      idle.getOutputStream().write('G');

      solver.disposeLater().block(PATIENCE);
      solver.disposeLater().block(PATIENCE);

      assertThat(idle.getInputStream().read()).isEqualTo(-1);
    }
    new ServerSocket(port, 50, LOOPBACK).close();
    StepVerifier.create(solver.present(request(TOKEN)))
        .verifyErrorMessage("the http-01 solver is closed");
    solver.cleanUp(request(TOKEN)).block(PATIENCE);
  }

  @Test
  void aSolverThatWasNeverUsedCanBeClosed() {
    AtomicReference<Boolean> done = new AtomicReference<>(false);
    solver.disposeLater().doOnTerminate(() -> done.set(true)).block(PATIENCE);
    assertThat(done.get()).isTrue();
  }

  @Test
  void whatIsNoProofIsAnsweredAsTheUserSays() {
    Http01Solver redirecting =
        Http01Solver.builder()
            .address(LOOPBACK)
            .port(0)
            .otherwise((asked, answer) -> answer.status(307).header("location", asked.uri()).send())
            .build();
    DisposableServer server = Objects.requireNonNull(redirecting.bind().block(PATIENCE));
    redirecting.present(request(TOKEN)).block(PATIENCE);
    HttpClient client = HttpClient.newConnection().baseUrl("http://127.0.0.1:" + server.port());

    String proof =
        client.get().uri(PATH + TOKEN).responseSingle((a, body) -> body.asString()).block(PATIENCE);
    HttpClientResponse other = client.post().uri("/" + "x".repeat(3000)).response().block(PATIENCE);

    assertThat(proof).isEqualTo(TOKEN + ".thumbprint");
    assertThat(other)
        .satisfies(
            answer -> {
              assertThat(answer.status().code()).isEqualTo(307);
              assertThat(answer.responseHeaders().get("location")).hasSize(3001);
              assertThat(answer.responseHeaders().get("connection")).isEqualTo("close");
            });
    redirecting.disposeLater().block(PATIENCE);
  }

  @Test
  void aPortThatWasGivenUpIsBoundAgain() {
    DisposableServer first = Objects.requireNonNull(solver.bind().block(PATIENCE));
    first.disposeNow(PATIENCE);

    DisposableServer second = Objects.requireNonNull(solver.bind().block(PATIENCE));

    assertThat(second).isNotSameAs(first);
    assertThat(solver.port()).isEqualTo(second.port());
    StepVerifier.create(Http01Solver.inServer().bind())
        .verifyErrorMessage("the http-01 solver has no port");
  }

  @Test
  void itSolvesHttp01ForEverythingButWildcards() {
    SolverRequest wildcard =
        new SolverRequest(
            Identifier.dns("example.org"), true, TOKEN, "x", URI.create("https://ca.example/1"));

    assertThat(solver.type()).isEqualTo("http-01");
    assertThat(solver.solves(request(TOKEN))).isTrue();
    assertThat(solver.solves(wildcard)).isFalse();
    assertThat(Http01Solver.builder().build().port()).isEqualTo(80);
    assertThatIllegalArgumentException().isThrownBy(() -> Http01Solver.onPort(65_536));
    assertThatIllegalArgumentException().isThrownBy(() -> Http01Solver.onPort(-1));
  }
}
