package io.github.certflux.examples.webflux;

import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.manager.ManagedCertificate;
import io.github.certflux.protocol.KeyType;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The dashboard's page, its stream of pictures, and its two buttons. */
final class DashboardRoutes {
  private final Flux<Picture> pictures;
  private final CertificateManager manager;
  private final AcmeClient client;

  DashboardRoutes(Flux<Picture> pictures, CertificateManager manager, AcmeClient client) {
    this.pictures = pictures;
    this.manager = manager;
    this.client = client;
  }

  RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route()
        .GET("/dashboard", request -> page())
        .GET("/dashboard/pictures", request -> pictures())
        .POST("/dashboard/renew", this::renew)
        .POST("/dashboard/roll-over", request -> rollOver())
        .build();
  }

  private static Mono<ServerResponse> page() {
    return ServerResponse.ok()
        .contentType(MediaType.TEXT_HTML)
        .bodyValue(new ClassPathResource("static/dashboard/index.html"));
  }

  private Mono<ServerResponse> pictures() {
    return ServerResponse.ok()
        .body(
            BodyInserters.fromServerSentEvents(
                pictures.map(
                    picture -> ServerSentEvent.builder(picture).event("picture").build())));
  }

  private Mono<ServerResponse> renew(ServerRequest request) {
    String name = request.queryParam("name").orElse("");
    return Mono.justOrEmpty(manager.certificate(name))
        .map(ManagedCertificate::names)
        .switchIfEmpty(withoutCertificate(name))
        .switchIfEmpty(Mono.error(() -> new NoSuchElementException("nothing is kept for " + name)))
        .flatMap(names -> manager.renewNow(names.toArray(String[]::new)))
        .then(ServerResponse.accepted().build())
        .onErrorResume(DashboardRoutes::failed);
  }

  /** The names that are kept with this one, as the failure of their order has shown them. */
  private Mono<List<String>> withoutCertificate(String name) {
    return pictures
        .next()
        .flatMapIterable(Picture::certificates)
        .map(Kept::names)
        .filter(names -> names.contains(name))
        .next();
  }

  private Mono<ServerResponse> rollOver() {
    return client
        .findAccount()
        .switchIfEmpty(Mono.error(() -> new NoSuchElementException("there is no account yet")))
        .flatMap((AcmeAccount account) -> account.rollOver(KeyType.EC_P256))
        .flatMap(done -> ServerResponse.ok().bodyValue(Map.of("thumbprint", done.thumbprint())))
        .onErrorResume(DashboardRoutes::failed);
  }

  private static Mono<ServerResponse> failed(Throwable error) {
    HttpStatus status =
        error instanceof NoSuchElementException ? HttpStatus.NOT_FOUND : HttpStatus.BAD_GATEWAY;
    return ServerResponse.status(status)
        .bodyValue(Map.of("problem", String.valueOf(error.getMessage())));
  }
}
