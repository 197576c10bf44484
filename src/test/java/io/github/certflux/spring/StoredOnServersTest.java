package io.github.certflux.spring;

import static io.github.certflux.spring.RunningApplication.NAME;
import static io.github.certflux.spring.RunningApplication.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.ManagedCertificate;
import io.github.certflux.store.AcmeStore;
import io.github.certflux.store.Condition;
import io.github.certflux.store.PostgresStore;
import io.github.certflux.store.RedisStore;
import io.github.certflux.store.StoreRecord;
import io.github.certflux.store.TestPostgres;
import io.github.certflux.store.TestRedis;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import io.r2dbc.spi.ConnectionFactories;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Applications whose certificate is in Redis or PostgreSQL, encrypted. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class StoredOnServersTest {
  private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);

  @TempDir private Path folder;

  @Test
  void aRestartTakesTheCertificateFromRedis() throws Exception {
    String url = TestRedis.shared().uri().toURI() + "/7";

    survivesARestart("redis", url, RedisStore.at(url));
  }

  @Test
  void aRestartTakesTheCertificateFromPostgres() throws Exception {
    String url = TestPostgres.shared().url();

    survivesARestart("postgres", url, PostgresStore.on(ConnectionFactories.get(url)));
  }

  private void survivesARestart(String type, String url, AcmeStore plain) throws Exception {
    Map<String, String> properties =
        Map.of(
            "certflux.store.type", type,
            "certflux.store.url", url,
            "certflux.store.encryption.key", KEY);
    Ports ports = new Ports();
    plain.list("").flatMap(left -> plain.delete(left, Condition.none())).then().block(PATIENCE);
    try (TestCa ca =
        TestCa.builder().validation(Validation.tlsAlpn01(name -> ports.https())).startNow()) {
      ca.writeRoot(folder.resolve("ca.pem"));
      String directory = ca.directory().toString();
      ManagedCertificate obtained;
      try (RunningApplication first =
          RunningApplication.start(directory, folder, ports, properties)) {
        obtained = first.certificate();
        assertThat(first.shown(NAME)).isEqualTo(obtained.chain().get(0));
      }

      try (RunningApplication second =
          RunningApplication.start(directory, folder, ports, properties)) {
        assertThat(second.event(event -> true).kind()).isEqualTo(CertificateEvent.Kind.FOUND);
        assertThat(second.certificate().chain()).isEqualTo(obtained.chain());
        assertThat(second.shown(NAME)).isEqualTo(obtained.chain().get(0));
      }
      assertThat(ca.requests().count(Endpoint.NEW_ORDER)).isOne();
      assertThat(ca.requests().count(Endpoint.NEW_ACCOUNT)).isOne();
    }
    List<StoreRecord> secrets =
        plain
            .list("")
            .filter(path -> path.endsWith(".pem"))
            .flatMap(plain::read)
            .collectList()
            .block(PATIENCE);
    assertThat(secrets).isNotEmpty().noneMatch(record -> record.text().contains("PRIVATE KEY"));
    assertThat(folder.resolve("store")).as("files").doesNotExist();
    plain.disposeLater().block(PATIENCE);
  }
}
