package io.github.certflux.examples.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.server.RouterFunctions;
import reactor.core.publisher.Flux;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** The stream of pictures, without a site around it. */
class StreamTest {
  private static final int BROWSERS = 3;

  @Test
  void nothingIsKeptForABrowserThatHasGone() throws Exception {
    AtomicInteger looking = new AtomicInteger();
    CountDownLatch gone = new CountDownLatch(BROWSERS);
    Flux<Picture> pictures =
        Flux.just(Picture.empty(Instant.EPOCH, URI.create("https://ca.test/directory")))
            .concatWith(Flux.never())
            .doOnSubscribe(subscription -> looking.incrementAndGet())
            .doOnCancel(gone::countDown);
    DisposableServer server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                new ReactorHttpHandlerAdapter(
                    RouterFunctions.toHttpHandler(
                        new DashboardRoutes(pictures, null, null).routes())))
            .bindNow();
    try {
      HttpRequest request =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + server.port() + "/dashboard/pictures"))
              .build();
      for (int i = 1; i <= BROWSERS; i++) {
        try (InputStream stream =
            HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream()).body()) {
          assertThat(stream.read()).as("the first picture's first letter").isEqualTo('e');
          assertThat(looking).hasValue(i);
        }
      }

      assertThat(gone.await(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      server.disposeNow();
    }
  }
}
