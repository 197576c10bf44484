package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.protocol.Identifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** What a look finds at a server, in place of the CA. */
class Http01LookTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
  private static final String KEY_AUTHORIZATION = TOKEN + ".thumbprint";
  private static final String PATH = "/.well-known/acme-challenge/" + TOKEN;

  private final List<String> hosts = new CopyOnWriteArrayList<>();
  private final DisposableServer server =
      HttpServer.create()
          .bindAddress(() -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .route(
              routes ->
                  routes
                      .get(
                          PATH,
                          (in, out) -> {
                            hosts.add(in.requestHeaders().get("Host"));
                            String body = this.body;
                            return body.startsWith("http")
                                ? out.sendRedirect(body)
                                : body.isEmpty()
                                    ? out.sendNotFound()
                                    : out.sendString(Mono.just(body));
                          })
                      .get(
                          "/proof",
                          (in, out) -> out.sendString(Mono.just(KEY_AUTHORIZATION + "\n"))))
          .bindNow(PATIENCE);

  /** What is served; a URL is a redirect, nothing is a 404. */
  private volatile String body = KEY_AUTHORIZATION;

  @AfterEach
  void close() {
    server.disposeNow(PATIENCE);
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** What is found; empty where all is well. */
  private String look(Identifier identifier, String... addresses) {
    return look(server.port(), identifier, addresses);
  }

  private static String look(int port, Identifier identifier, String... addresses) {
    Addresses all =
        new Addresses(
            name -> Mono.just(List.of(addresses).stream().map(Http01LookTest::address).toList()));
    return look(all, port, identifier);
  }

  private static String look(Addresses all, int port, Identifier identifier) {
    return new Http01Look(all, port)
        .look(
            new SolverRequest(
                identifier, false, TOKEN, KEY_AUTHORIZATION, URI.create("https://ca.example/1")))
        .thenReturn("")
        .onErrorResume(NotSeen.class, error -> Mono.just(error.getMessage()))
        .block(PATIENCE);
  }

  private static final Identifier NAME = Identifier.dns("www.example.org");

  @Test
  void theProofIsSeenUnderItsName() {
    assertThat(look(NAME, "127.0.0.1")).isEmpty();
    assertThat(hosts).containsExactly("www.example.org:" + server.port());
  }

  @Test
  void anAddressIsItsOwnHost() {
    assertThat(look(new Identifier("ip", "127.0.0.1"))).isEmpty();
    assertThat(hosts).containsExactly("127.0.0.1:" + server.port());
  }

  @Test
  void aRedirectIsFollowed() {
    body = "http://www.example.org:" + server.port() + "/proof";

    assertThat(look(NAME, "127.0.0.1")).isEmpty();
  }

  /** It may be what only this machine reaches, and who has the name would be told what is there. */
  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:%d/", "https://other.example.org:%d/"})
  void aRedirectElsewhereIsLeftToTheCa(String elsewhere) {
    body = elsewhere.formatted(server.port());

    assertThat(look(NAME, "127.0.0.1")).isEmpty();
    assertThat(hosts).hasSize(1);
  }

  @Test
  void whatTheResolverSaysIsLocalIsNotAsked() {
    assertThat(look(new Addresses(null), server.port(), Identifier.dns("localhost")))
        .endsWith("found no address of localhost");
    assertThat(hosts).isEmpty();
  }

  @Test
  void aRedirectToAnotherPortIsNotFollowed() {
    body = "http://www.example.org:1/";

    assertThat(look(NAME, "127.0.0.1"))
        .endsWith("found a redirect to another port than 80 and 443");
  }

  @Test
  void aRedirectInACircleIsTold() {
    body = "http://www.example.org:" + server.port() + PATH;

    assertThat(look(NAME, "127.0.0.1")).endsWith("found more than 10 redirects");
  }

  @ParameterizedTest
  @CsvSource({
    "'', HTTP 404",
    "another page, another body: another page",
    "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.other, that of another account key",
    "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA, another body: …",
    "httpx://example.org, a redirect to another place than a website",
  })
  void whatIsThereInPlaceOfTheProofIsTold(String served, String found) {
    body = served;

    assertThat(look(NAME, "127.0.0.1"))
        .isEqualTo(
            "http://www.example.org:%d/.well-known/acme-challenge/… at %s: expected the key authorization, found %s"
                .formatted(server.port(), address("127.0.0.1") + ":" + server.port(), found));
  }

  @Test
  void aLongPageIsNotReadToItsEnd() {
    body = "x".repeat(100_000);

    assertThat(look(NAME, "127.0.0.1")).endsWith("found more than 1024 bytes");
  }

  @Test
  void anAddressThatIsNotReachedFromHereDoesNotCountBesideOneThatIs() {
    assertThat(look(NAME, "127.0.0.2", "127.0.0.1")).isEmpty();
  }

  @Test
  void aNameWithoutAnAddressIsTold() {
    assertThat(look(NAME)).endsWith("found no address of www.example.org");
  }

  @Test
  void aPortThatIsClosedIsTold() {
    int port = server.port();
    server.disposeNow(PATIENCE);

    assertThat(look(port, NAME, "127.0.0.1")).contains("found no answer at").contains("refused");
  }
}
