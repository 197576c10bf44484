package io.github.certflux.testca.spring;

import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerInitializedEvent;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ApplicationListener;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;

/** Starts a test CA before the application, which then orders from it. */
final class TestCaInitializer implements ApplicationContextInitializer<GenericApplicationContext> {
  private static final String NAME = "certfluxTestCa";

  /** Made by Spring. */
  TestCaInitializer() {}

  @Override
  public void initialize(GenericApplicationContext context) {
    AtomicInteger port = new AtomicInteger();
    context.addApplicationListener(new Listening(port));
    Validation onTheServersPort =
        Validation.tlsAlpn01(
            name -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port.get()));
    TestCa ca =
        TestCa.builder()
            .validation(
                request ->
                    request.type().equals("tls-alpn-01") && port.get() != 0
                        ? onTheServersPort.check(request)
                        : Validation.always().check(request))
            .startNow();
    Path root = written(ca);
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                NAME,
                Map.of(
                    "certflux.directory", ca.directory().toString(),
                    "certflux.trust", root.toUri().toString(),
                    "certflux.terms-of-service-agreed", "true",
                    "certflux.store.type", "memory",
                    "certflux.challenge.http.port", "0")));
    DefaultListableBeanFactory beans = context.getDefaultListableBeanFactory();
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
