package io.github.certflux.spring;

import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.manager.ManagedCertificate;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.client.HttpClient;
import reactor.netty.tcp.SslProvider;

/** A whole application on real ports. It lets nobody in who does not say so, as a guarded one. */
final class RunningApplication implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(3);
  static final String NAME = "www.example.org";

  private static final String LET_IN = "X-Let-In";

  private final ConfigurableApplicationContext context;

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {

    /** The global ones end with the first application of the JVM, for all. */
    @Bean
    ReactorResourceFactory resources() {
      ReactorResourceFactory resources = new ReactorResourceFactory();
      resources.setUseGlobalResources(false);
      resources.setShutdownQuietPeriod(Duration.ZERO);
      return resources;
    }

    @Bean
    Events events() {
      return new Events();
    }

    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    WebFilter denyAll() {
      return (exchange, chain) -> {
        if (exchange.getRequest().getHeaders().containsHeader(LET_IN)) {
          return chain.filter(exchange);
        }
        exchange.getResponse().setStatusCode(HttpStatus.UNAUTHORIZED);
        return exchange.getResponse().setComplete();
      };
    }

    @Bean
    RouterFunction<ServerResponse> hello() {
      return RouterFunctions.route()
          .GET("/hello", request -> ServerResponse.ok().bodyValue("hello"))
          .build();
    }
  }

  /** What was told of the certificates, from the first on. */
  static final class Events {
    private final Sinks.Many<CertificateEvent> all = Sinks.many().replay().all();

    @EventListener
    void told(CertificateEvent event) {
      all.emitNext(event, Sinks.EmitFailureHandler.FAIL_FAST);
    }

    Flux<CertificateEvent> all() {
      return all.asFlux();
    }
  }

  private RunningApplication(ConfigurableApplicationContext context) {
    this.context = context;
  }

  /**
   * Starts it.
   *
   * @param folder where its store is, and {@code ca.pem}
   * @param ports is told where it listens
   * @param configuration of the application's own, beside {@link Application}
   */
  static RunningApplication start(
      String directory,
      Path folder,
      Ports ports,
      Map<String, String> more,
      Class<?>... configuration) {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("server.port", "0");
    properties.put("server.address", "127.0.0.1");
    properties.put("spring.main.banner-mode", "off");
    properties.put("certflux.domains", NAME);
    properties.put("certflux.terms-of-service-agreed", "true");
    properties.put("certflux.directory", directory);
    properties.put("certflux.trust", "file:" + folder.resolve("ca.pem"));
    properties.put("certflux.store.path", folder.resolve("store").toString());
    properties.put("certflux.challenge.http.port", "0");
    properties.put("management.endpoints.web.exposure.include", "*");
    properties.put("management.endpoint.env.show-values", "always");
    properties.put("management.endpoint.configprops.show-values", "always");
    properties.put("management.endpoint.health.show-details", "always");
    properties.putAll(more);
    return new RunningApplication(
        new SpringApplicationBuilder(Application.class)
            .sources(configuration)
            .web(WebApplicationType.REACTIVE)
            .listeners(ports)
            .run(
                properties.entrySet().stream()
                    .map(each -> "--" + each.getKey() + "=" + each.getValue())
                    .toArray(String[]::new)));
  }

  <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  int httpsPort() {
    return Objects.requireNonNull(((ReactiveWebServerApplicationContext) context).getWebServer())
        .getPort();
  }

  int httpPort() {
    return bean(PlainHttpPort.class).port();
  }

  ManagedCertificate certificate() {
    event(event -> event.certificate().isPresent());
    return bean(CertificateManager.class).certificate(NAME).orElseThrow();
  }

  /** The first event that is so, also one that was told before. */
  CertificateEvent event(Predicate<CertificateEvent> wanted) {
    return Objects.requireNonNull(
        bean(Events.class).all().filter(wanted).blockFirst(PATIENCE), "never told");
  }

  /** What a client is shown that asks for this name. */
  X509Certificate shown(String name) throws GeneralSecurityException, IOException {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    try (SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), httpsPort()));
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(name)));
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  /** A client that trusts whoever answers, and is let in. */
  HttpClient client() {
    SslProvider.GenericSslContextSpec<SslContextBuilder> trusting =
        Http11SslContextSpec.forClient()
            .configure(c -> c.trustManager(InsecureTrustManagerFactory.INSTANCE));
    return letIn(HttpClient.create().secure(spec -> spec.sslContext(trusting)));
  }

  HttpClient letIn(HttpClient client) {
    return client
        .baseUrl("https://127.0.0.1:" + httpsPort())
        .headers(headers -> headers.set(LET_IN, "yes"));
  }

  String got(String path) {
    return answer(client().get().uri(path).responseSingle((response, body) -> body.asString()));
  }

  /** Status and body. */
  String posted(String path, String json) {
    return answer(
        client()
            .headers(headers -> headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json"))
            .post()
            .uri(path)
            .send(ByteBufFlux.fromString(Mono.just(json)))
            .responseSingle(
                (response, body) ->
                    body.asString()
                        .defaultIfEmpty("")
                        .map(text -> response.status().code() + " " + text)));
  }

  private static String answer(Mono<String> answer) {
    return Objects.requireNonNull(answer.block(PATIENCE));
  }

  /** Stops and starts it, as for a checkpoint of the JVM. */
  void pause() {
    context.stop();
    context.start();
  }

  @Override
  public void close() {
    context.close();
  }
}
