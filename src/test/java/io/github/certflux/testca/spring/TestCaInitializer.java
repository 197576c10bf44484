package io.github.certflux.testca.spring;

import io.github.certflux.challenge.ChallengeSolver;
import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.testca.Profile;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.TestCaBuilder;
import io.github.certflux.testca.Validation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerInitializedEvent;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ApplicationListener;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import reactor.core.publisher.Mono;

/** Starts a test CA before the application, which then orders from it. */
final class TestCaInitializer implements ApplicationContextInitializer<GenericApplicationContext> {
  private static final String NAME = "certfluxTestCa";
  private static final Duration NINETY = Duration.ofDays(90);

  /** Made by Spring. */
  TestCaInitializer() {}

  @Override
  public void initialize(GenericApplicationContext context) {
    AtomicInteger port = new AtomicInteger();
    context.addApplicationListener(new Listening(port));
    Validation onTheServersPort =
        Validation.tlsAlpn01(
            name -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port.get()));
    Binder set = Binder.get(context.getEnvironment());
    TestCaBuilder builder =
        TestCa.builder()
            .validation(
                request ->
                    request.type().equals("tls-alpn-01") && port.get() != 0
                        ? onTheServersPort.check(request)
                        : Validation.always().check(request));
    set.bind("certflux.profile", String.class)
        .ifBound(name -> builder.profiles(new Profile(name, "As the application has it", NINETY)));
    set.bind("certflux.eab.key-id", String.class)
        .ifBound(
            kid ->
                set.bind("certflux.eab.hmac-key", String.class)
                    .ifBound(key -> builder.externalAccount(kid, key)));
    TestCa ca = builder.startNow();
    Path root = written(ca);
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                NAME,
                Map.of(
                    "certflux.enabled", "true",
                    "certflux.fallbacks", "",
                    "certflux.directory", ca.directory().toString(),
                    "certflux.trust", root.toUri().toString(),
                    "certflux.terms-of-service-agreed", "true",
                    "certflux.store.type", "memory",
                    "certflux.challenge.http.port", "0")));
    DefaultListableBeanFactory beans = context.getDefaultListableBeanFactory();
    if (set.bind("certflux.challenge.rfc2136.server", String.class).isBound()) {
      beans.registerSingleton("certfluxNoDns", new NoDns());
    }
    beans.registerSingleton(NAME, ca);
    beans.registerDisposableBean(
        NAME,
        () -> {
          ca.close();
          Files.deleteIfExists(root);
        });
  }

  private static Path written(TestCa ca) {
    try {
      return ca.writeRoot(Files.createTempFile("certflux-test-ca", ".pem"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** No test writes into the DNS that the application is at home in; and nobody looks there. */
  private static final class NoDns implements ChallengeSolver {
    @Override
    public String type() {
      return Challenge.DNS_01;
    }

    @Override
    public Mono<Void> present(SolverRequest request) {
      return Mono.empty();
    }

    @Override
    public Mono<Void> cleanUp(SolverRequest request) {
      return Mono.empty();
    }
  }

  /** Knows the port before the first order. */
  private record Listening(AtomicInteger port)
      implements ApplicationListener<ReactiveWebServerInitializedEvent> {
    @Override
    public void onApplicationEvent(ReactiveWebServerInitializedEvent event) {
      if (event.getApplicationContext().getServerNamespace() == null) { // not the management's
        port.set(event.getWebServer().getPort());
      }
    }
  }
}
