package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.protocol.KeyType;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the endpoint asks of the manager. */
class CertfluxEndpointTest {
  private final Queue<List<String>> renewed = new ConcurrentLinkedQueue<>();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);

  private final CertificateManager manager =
      (CertificateManager)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {CertificateManager.class},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "renewNow" ->
                        Mono.fromRunnable(() -> renewed.add(List.of((String[]) arguments[0])));
                    case "certificate" -> Optional.empty();
                    case "disposeLater" -> Mono.empty();
                    case "manage", "events" -> Flux.empty();
                    default -> null;
                  });

  /** Without a limit whoever may post, or a script of theirs, uses up the CA's. */
  @Test
  void aCertificateIsRenewedFiveTimesAnHour() {
    new ReactiveWebApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(CertfluxAutoConfiguration.class, SslAutoConfiguration.class))
        .withPropertyValues(
            "certflux.domains=www.example.org",
            "certflux.certificates.shop.domains=shop.example.org",
            "certflux.terms-of-service-agreed=true",
            "certflux.store.type=memory",
            "certflux.challenge.http.port=0")
        .withBean(CertificateManager.class, () -> manager)
        .run(
            context -> {
              CertfluxEndpoint endpoint =
                  new CertfluxEndpoint(
                      context.getBean(CertificateStates.class),
                      manager,
                      context.getBean(AcmeClient.class),
                      AccountRequest.create(),
                      new Fallbacks(List.of()),
                      KeyType.EC_P256,
                      now::get);
              List<String> www = List.of("www.example.org");
              List<String> shop = List.of("shop.example.org");
              for (int i = 0; i < 5; i++) {
                renew(endpoint, "www.example.org");
              }
              assertThat(renewed).hasSize(5).containsOnly(www);

              assertThatThrownBy(() -> renew(endpoint, "www.example.org"))
                  .isInstanceOf(ResponseStatusException.class)
                  .hasMessageContaining("429");
              assertThat(renew(endpoint, null)).as("those left").isEqualTo(List.of(shop));
              now.set(now.get().plus(Duration.ofHours(1)));
              assertThat(renew(endpoint, null)).isEqualTo(List.of(www, shop));
              assertThat(renewed).hasSize(8);
            });
  }

  private static Object renew(CertfluxEndpoint endpoint, String name) {
    Map<String, Object> answer = endpoint.act("renew", name).block();
    return answer.get("renew");
  }
}
