package io.github.certflux.examples.webflux;

import io.github.certflux.manager.CertificateManager;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import picocli.CommandLine;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The application on free ports with its embedded CA, once for all tests of this JVM. Its
 * certificates live for an hour: what is renewed was asked for.
 */
final class RunningSite {
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private static @Nullable ConfigurableApplicationContext context;

  private RunningSite() {}

  private static synchronized ConfigurableApplicationContext context() {
    if (context == null) {
      context = started();
    }
    return context;
  }

  private static ConfigurableApplicationContext started() {
    WebfluxApp app = new WebfluxApp().withLifetime(Duration.ofHours(1));
    new CommandLine(app).parseArgs("--http-port", "0", "--https-port", "0");
    try {
      ConfigurableApplicationContext context = app.start();
      CertificateManager manager = context.getBean(CertificateManager.class);
      Flux.just("127.0.0.1", "shop.localhost", "api.localhost")
          .concatMap(
              name ->
                  Mono.fromSupplier(() -> manager.certificate(name))
                      .flatMap(Mono::justOrEmpty)
                      .repeatWhenEmpty(again -> again.delayElements(Duration.ofMillis(50))))
          .blockLast(PATIENCE);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String property(String name) {
    Environment environment = context().getEnvironment();
    return Objects.requireNonNull(environment.getProperty(name), name);
  }

  /** By its address, which resolves everywhere. */
  static URI https(String path) {
    return URI.create("https://127.0.0.1:" + property("local.server.port") + path);
  }

  static URI http(String path) {
    return URI.create("http://127.0.0.1:" + property("certflux.challenge.http.port") + path);
  }

  /** Trusts the embedded CA, and nobody else. */
  static HttpClient client() {
    try (InputStream root = Files.newInputStream(Path.of(property("site.embedded-root")))) {
      KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
      roots.load(null, null);
      roots.setCertificateEntry(
          "root", CertificateFactory.getInstance("X.509").generateCertificate(root));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(roots);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return HttpClient.newBuilder().sslContext(context).connectTimeout(PATIENCE).build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
