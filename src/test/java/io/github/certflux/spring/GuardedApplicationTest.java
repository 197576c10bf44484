package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.NAME;
import static io.github.certflux.spring.RunningApplication.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.manager.ManagedCertificate;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.reactive.EnableWebFluxSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.server.WebFilter;
import reactor.netty.http.client.HttpClientResponse;

/** An application whose Spring Security lets nobody in, to nothing. */
class GuardedApplicationTest {
  @TempDir private Path folder;

  @Configuration(proxyBeanMethods = false)
  @EnableWebFluxSecurity
  static class Guard {
    @Bean
    SecurityWebFilterChain nobody(ServerHttpSecurity http) {
      return http.authorizeExchange(all -> all.anyExchange().denyAll()).build();
    }

    @Bean
    Seen seen() {
      return new Seen();
    }

    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    WebFilter seeing(Seen seen) {
      return (exchange, chain) -> {
        seen.paths().add(exchange.getRequest().getPath().value());
        return chain.filter(exchange);
      };
    }
  }

  /** What came to the application's filters. */
  record Seen(Queue<String> paths) {
    Seen() {
      this(new ConcurrentLinkedQueue<>());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls-alpn-01", "http-01"})
  void namesAreProvedPastItAndItGuardsAsBefore(String type) throws Exception {
    Ports ports = new Ports();
    Validation validation =
        type.equals("http-01")
            ? Validation.http01(name -> ports.http())
            : Validation.tlsAlpn01(name -> ports.https());
    try (TestCa ca = TestCa.builder().validation(validation).startNow()) {
      ca.writeRoot(folder.resolve("ca.pem"));
      try (RunningApplication application =
          RunningApplication.start(
              ca.directory().toString(),
              folder,
              ports,
              Map.of("certflux.challenge.types", type),
              Guard.class)) {
        ManagedCertificate certificate = application.certificate();

        assertThat(application.shown(NAME)).isEqualTo(certificate.chain().get(0));
        assertThat(application.bean(Seen.class).paths()).as("seen by its filters").isEmpty();
        HttpClientResponse hello =
            application.client().get().uri("/hello").response().block(PATIENCE);
        assertThat(List.of(hello.status().code(), hello.responseHeaders().get("WWW-Authenticate")))
            .as("by Spring Security")
            .isEqualTo(List.of(401, "Basic realm=\"Realm\""));
        assertThat(application.bean(Seen.class).paths()).containsExactly("/hello");
      }
    }
  }
}
