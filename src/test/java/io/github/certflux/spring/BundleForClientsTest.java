package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** A {@code WebClient} with the bundle, and a server that asks for a client's certificate. */
class BundleForClientsTest {
  private static final String HERE = "127.0.0.1";
  private static final String TRUST = "javax.net.ssl.trustStore";

  @TempDir private Path folder;

  @Test
  void aClientShowsTheCurrentCertificateAndTrustsWhomTheJvmTrusts() throws Exception {
    try (TestCa ca = TestCa.builder().validation(Validation.always()).startNow()) {
      try (RunningApplication application = started(ca)) {
        application.event(event -> event.certificate().isPresent());
        SslBundles bundles = application.bean(SslBundles.class);
        SslBundle bundle = bundles.getBundle("certflux");
        DisposableServer server = server(bundle);
        AtomicReference<WebClient> client = new AtomicReference<>(client(bundle, server.port()));
        String first = shown(client.get());
        bundles.addBundleUpdateHandler(
            "certflux", updated -> client.set(client(updated, server.port())));

        application.bean(CertificateManager.class).renewNow(HERE).block(PATIENCE);
        application.event(event -> event.kind() == CertificateEvent.Kind.RENEWED);

        assertThat(shown(client.get())).isEqualTo(serial(application)).isNotEqualTo(first);
        server.disposeNow(PATIENCE);
      }
    }
  }

  /** The JVM trusts the CA while the bundle is made. */
  private RunningApplication started(TestCa ca) throws Exception {
    Path root = ca.writeRoot(folder.resolve("ca.pem"));
    KeyStore trusted = KeyStore.getInstance("JKS");
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(root)) {
      trusted.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    Path store = folder.resolve("trust.jks");
    try (OutputStream out = Files.newOutputStream(store)) {
      trusted.store(out, "changeit".toCharArray());
    }
    String before = System.getProperty(TRUST);
    System.setProperty(TRUST, store.toString());
    try {
      return RunningApplication.start(
          ca.directory().toString(), folder, new Ports(), Map.of("certflux.domains", HERE));
    } finally {
      if (before == null) {
        System.clearProperty(TRUST);
      } else {
        System.setProperty(TRUST, before);
      }
    }
  }

  /** Answers with the serial number of what the client has shown. */
  private static DisposableServer server(SslBundle bundle) throws SSLException {
    SslContext tls =
        SslContextBuilder.forServer(bundle.getManagers().getKeyManagerFactory())
            .clientAuth(ClientAuth.REQUIRE)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .build();
    return HttpServer.create()
        .host(HERE)
        .port(0)
        .secure(spec -> spec.sslContext(tls))
        .handle(
            (request, response) -> {
              String[] serial = {""};
              request.withConnection(
                  connection ->
                      serial[0] = peer(connection.channel().pipeline().get(SslHandler.class)));
              return response.sendString(Mono.just(serial[0]));
            })
        .bindNow(PATIENCE);
  }

  private static String peer(SslHandler tls) {
    try {
      return ((X509Certificate) tls.engine().getSession().getPeerCertificates()[0])
          .getSerialNumber()
          .toString();
    } catch (SSLPeerUnverifiedException e) {
      return "none";
    }
  }

  /** As Spring Boot makes them of a bundle. */
  private static WebClient client(SslBundle bundle, int port) {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .keyManager(bundle.getManagers().getKeyManagerFactory())
            .trustManager(bundle.getManagers().getTrustManagerFactory());
    SslContext tls;
    try {
      tls = builder.build();
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
    return WebClient.builder()
        .clientConnector(
            new ReactorClientHttpConnector(
                HttpClient.newConnection().secure(spec -> spec.sslContext(tls))))
        .baseUrl("https://" + HERE + ":" + port)
        .build();
  }

  private static String shown(WebClient client) {
    return Objects.requireNonNull(
        client.get().uri("/").retrieve().bodyToMono(String.class).block(PATIENCE));
  }

  private static String serial(RunningApplication application) {
    return application
        .bean(CertificateManager.class)
        .certificate(HERE)
        .orElseThrow()
        .chain()
        .get(0)
        .getSerialNumber()
        .toString();
  }
}
