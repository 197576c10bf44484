package io.github.certflux.challenge;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.protocol.Identifier;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.ForwardingStore;
import io.github.certflux.store.MemoryStore;
import io.github.certflux.store.StoreRecord;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;

/** In the user's own server, and for other nodes. */
class Http01InServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PATH = "/.well-known/acme-challenge/";
  private static final String TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
  private static final String KEY_AUTHORIZATION = TOKEN + ".thumbprint";

  private static SolverRequest request(String keyAuthorization) {
    return new SolverRequest(
        Identifier.dns("www.example.org"),
        false,
        TOKEN,
        keyAuthorization,
        URI.create("https://ca.example/acct/1"));
  }

  private static Mono<String> answer(Http01Solver solver, String path) {
    return solver.answer(path).map(found -> new String(found, StandardCharsets.US_ASCII));
  }

  /** A store that counts what is read, and may keep a write back. */
  private static final class Watched extends ForwardingStore {
    final AtomicInteger reads = new AtomicInteger();
    Mono<Void> beforeRead = Mono.empty();
    Mono<Void> beforeWrite = Mono.empty();

    Watched() {
      super(MemoryStore.create());
    }

    @Override
    public Mono<StoreRecord> read(String path) {
      return Mono.defer(
          () -> {
            reads.incrementAndGet();
            return beforeRead.then(store.read(path));
          });
    }

    @Override
    public Mono<StoreRecord> write(String path, byte[] content, Condition condition) {
      return Mono.defer(() -> beforeWrite.then(store.write(path, content, condition)));
    }
  }

  private static Http01Solver solver(AcmeStore store) {
    Http01Solver solver = Http01Solver.builder().inServer().store(store).build();
    solver.answer("/"); // it is in a server
    return solver;
  }

  @Test
  void theServerAnswersCasAndGoesOnWithAllElse() {
    Http01Solver solver = Http01Solver.inServer();
    DisposableServer server =
        HttpServer.create()
            .bindAddress(() -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .route(
                routes ->
                    solver
                        .addTo(routes)
                        .get("/**", (in, out) -> out.sendString(Mono.just("the application"))))
            .bindNow(PATIENCE);
    try {
      assertThat(get(server, PATH + TOKEN)).isEqualTo("404 ");

      solver.present(request(KEY_AUTHORIZATION)).block(PATIENCE);

      assertThat(get(server, PATH + TOKEN)).isEqualTo("200 " + KEY_AUTHORIZATION);
      assertThat(get(server, PATH + "other")).isEqualTo("404 ");
      assertThat(get(server, "/index.html")).isEqualTo("200 the application");
      solver.cleanUp(request(KEY_AUTHORIZATION)).block(PATIENCE);
      assertThat(get(server, PATH + TOKEN)).isEqualTo("404 ");
    } finally {
      server.disposeNow(PATIENCE);
    }
  }

  private static String get(DisposableServer server, String path) {
    return HttpClient.newConnection()
        .get()
        .uri("http://127.0.0.1:" + server.port() + path)
        .responseSingle(
            (response, body) ->
                body.asString()
                    .defaultIfEmpty("")
                    .map(text -> response.status().code() + " " + text))
        .block(PATIENCE);
  }

  @Test
  void aSolverThatIsInNoServerSaysSo() {
    Http01Solver solver = Http01Solver.inServer();

    StepVerifier.create(solver.present(request("a")))
        .verifyErrorMessage(
            "the http-01 solver is in no server: apply its addTo to the routes of one");
    assertThat(solver.outlivesProcess()).isFalse();
    assertThat(solver.port()).isZero();
  }

  @Test
  void anotherNodeAnswersThroughTheStore() {
    MemoryStore store = MemoryStore.create();
    Http01Solver one = solver(store);
    Http01Solver other = solver(store);
    assertThat(answer(one, PATH + TOKEN).block(PATIENCE)).isNull();

    one.present(request(KEY_AUTHORIZATION)).block(PATIENCE);

    assertThat(answer(one, PATH + TOKEN).block(PATIENCE)).isEqualTo(KEY_AUTHORIZATION);
    assertThat(answer(other, PATH + TOKEN).block(PATIENCE)).isEqualTo(KEY_AUTHORIZATION);
    assertThat(one.outlivesProcess()).isTrue();
    // after a crash the next start asks its own solver to
    other.cleanUp(request(TOKEN + ".another")).block(PATIENCE);
    assertThat(answer(other, PATH + TOKEN).block(PATIENCE)).isEqualTo(KEY_AUTHORIZATION);
    other.cleanUp(request(KEY_AUTHORIZATION)).block(PATIENCE);
    assertThat(answer(other, PATH + TOKEN).block(PATIENCE)).isNull();
    assertThat(store.list("").collectList().block(PATIENCE)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/index.html",
        PATH,
        PATH + "../../accounts/default/account.json",
        PATH + "a/b",
        PATH + TOKEN + "/",
        PATH + TOKEN + "?x",
        PATH + "%65vil",
        PATH + "a.b",
        "x" + PATH + TOKEN,
      })
  void whatIsNoTokenIsNotLookedUp(String path) {
    Watched store = new Watched();

    StepVerifier.create(solver(store).answer(path)).verifyComplete();
    StepVerifier.create(solver(store).answer(PATH + "x".repeat(129))).verifyComplete();

    assertThat(store.reads).hasValue(0);
  }

  /** Anyone may ask, for any token. */
  @Test
  void noMoreIsLookedUpThanAStoreBears() {
    Watched store = new Watched();
    Sinks.Empty<Void> slow = Sinks.empty();
    store.beforeRead = slow.asMono();
    Http01Solver solver = solver(store);

    Mono<Long> many =
        Flux.range(0, 1_000).flatMap(i -> solver.answer(PATH + "token" + i), 1_000).count();
    StepVerifier.create(many)
        .then(() -> assertThat(store.reads).hasValue(64))
        .then(slow::tryEmitEmpty)
        .expectNext(0L)
        .expectComplete()
        .verify(PATIENCE);

    solver.present(request(KEY_AUTHORIZATION)).block(PATIENCE);
    assertThat(answer(solver(store), PATH + TOKEN).block(PATIENCE)).isEqualTo(KEY_AUTHORIZATION);
  }

  @Test
  void aStoreThatDoesNotAnswerIsNotWaitedForLong() {
    Watched store = new Watched();
    store.beforeRead = Mono.never();

    StepVerifier.withVirtualTime(() -> solver(store).answer(PATH + TOKEN))
        .expectSubscription()
        .expectNoEvent(Duration.ofMillis(4_999))
        .thenAwait(Duration.ofMillis(1))
        .expectComplete()
        .verify(PATIENCE);
  }

  /** A write that is under way can't be stopped: what it leaves is waited for, and deleted. */
  @Test
  void aCancelWhileItIsStoredLeavesNothingAfterCleanUp() {
    Watched store = new Watched();
    Sinks.Empty<Void> slow = Sinks.empty();
    store.beforeWrite = slow.asMono();
    Http01Solver solver = solver(store);

    solver.present(request(KEY_AUTHORIZATION)).subscribe().dispose();
    StepVerifier.create(solver.cleanUp(request(KEY_AUTHORIZATION)))
        .then(slow::tryEmitEmpty)
        .expectComplete()
        .verify(PATIENCE);

    assertThat(store.list("").collectList().block(PATIENCE)).isEmpty();
  }
}
