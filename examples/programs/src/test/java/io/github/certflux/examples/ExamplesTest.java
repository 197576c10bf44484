package io.github.certflux.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.certflux.testca.Validation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ExamplesTest {
  private static final int DONE = 0;
  private static final int TERMINATED = 128 + 15;

  @TempDir Path folder;

  @Test
  void anAccountLivesOnTheEmbeddedCa() {
    Run run = Run.of(AccountLifecycle.class, "--runs", 3, "--json");

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isEqualTo(DONE);
    assertThat(run.out())
        .contains("run 1", "look for a stored account: none", "create it and store its key")
        .contains("run 2", "fetch its details", "update its contacts", "agree to the terms")
        .contains("run 3", "roll its key over", "18 operations, 0 failed");
    JsonNode json = run.json();
    assertThat(json.path("runs").asInt()).isEqualTo(3);
    assertThat(json.path("failed").asInt(-1)).isZero();
    assertThat(json.path("operations").asInt()).isEqualTo(18);
    assertThat(json.path("tries").asInt()).isGreaterThanOrEqualTo(20);
    assertThat(json.path("refused").isInt()).isTrue();
    assertThat(json.path("slowestMs").asDouble()).isPositive();
    assertThat(json.path("account").asString()).startsWith("https://");
    assertThat(run.leftBehind()).isEmpty();
  }

  @Test
  void aManagerRenewsWhatEndsAndTellsOfIt() {
    Run run =
        Run.start(Manager.class, "--names", "a.example.com,b.example.com", "--lifetime", "10s")
            .until("OBTAINED [a.example.com]")
            .until("OBTAINED [b.example.com]")
            .until("RENEWED [a.example.com]")
            .until("RENEWED [b.example.com]")
            .interrupt();

    assertThat(run.status()).isEqualTo(TERMINATED);
    assertThat(run.out()).doesNotContain("FAILED");
    assertThat(run.leftBehind()).isEmpty();
  }

  @Test
  void aClusterKeepsItsCertificatesWhileNodesAreKilledAndHang() {
    Object[] options = {
      "--nodes",
      2,
      "--names",
      3,
      "--time",
      "15s",
      "--lifetime",
      "10m",
      "--kill-every",
      "3s",
      "--hang-every",
      "4s",
      "--hang",
      "1s",
      "--json"
    };

    Run run = Run.of(Cluster.class, options);

    assertThat(run.out()).contains("READY").doesNotContain("wrong:");
    assertThat(run.status()).isEqualTo(DONE);
    JsonNode json = run.json();
    assertThat(json.path("certificates").asInt()).isEqualTo(3);
    assertThat(json.path("kills").asInt()).isPositive();
    assertThat(json.path("handshakes").asInt()).isPositive();
    for (String never : List.of("invalid", "orderedTwice", "heldByTwo")) {
      assertThat(json.path(never).asInt(-1)).isZero();
    }
    assertThat(run.leftBehind()).isEmpty();
  }

  @Test
  void aProgramThatIsStartedAgainGoesOnWithItsAccount() {
    Path root = folder.resolve("root.pem");
    Run ca = Run.start(TestCa.class, "--ca", root, "--fronts", 2, "--ttl", "2s").until("directory");
    try {
      URI directory = URI.create(ca.out().substring(ca.out().indexOf("https://")).strip());
      Object[] options = {
        "--directory",
        directory,
        "--trust",
        root,
        "--store",
        folder.resolve("store"),
        "--runs",
        2,
        "--json"
      };

      Run first = Run.of(AccountLifecycle.class, options);
      Run second = Run.of(AccountLifecycle.class, options);

      assertThat(first.err() + second.err()).isEmpty();
      assertThat(second.out()).doesNotContain("create it");
      assertThat(second.json().path("account")).isEqualTo(first.json().path("account"));
      assertThat(second.json().path("directory").asString()).isEqualTo(directory.toString());
    } finally {
      ca.interrupt();
    }
    assertThat(ca.status()).isEqualTo(TERMINATED);
    assertThat(ca.err()).isEmpty();
  }

  @Test
  void aCertificateIsProvedForRealAndWrittenToFiles() throws IOException, GeneralSecurityException {
    Path out = folder.resolve("a/b");

    Run run =
        Run.of(IssueCertificate.class, "www.example.org", "example.org", "--out", out, "--json");

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isEqualTo(DONE);
    assertThat(run.out())
        .contains("order the certificate", "set the proof up: example.org", "all names are proved")
        .contains("openssl verify -CAfile " + out.resolve("root.pem"));
    JsonNode json = run.json();
    assertThat(json.path("names").toString()).isEqualTo("[\"www.example.org\",\"example.org\"]");
    assertThat(json.path("requests").asInt()).isGreaterThan(8);
    assertThat(json.path("seconds").asDouble()).isPositive();
    X509Certificate leaf = verified(out);
    assertThat(json.path("serial").asString()).isEqualTo(leaf.getSerialNumber().toString(16));
    assertThat(json.path("notAfter").asString())
        .isEqualTo(leaf.getNotAfter().toInstant().toString());
    assertThat(Files.readString(out.resolve("privkey.pem"))).startsWith("-----BEGIN PRIVATE KEY");
    assertThat(run.leftBehind()).isEmpty();
    try (var files = Files.list(out)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("fullchain.pem", "privkey.pem", "root.pem", "url.txt");
    }
  }

  @Test
  void aCertificateIsProvedByTlsAlpn01() throws IOException, GeneralSecurityException {
    Path out = folder.resolve("tls");

    Run run =
        Run.of(
            IssueCertificate.class,
            "www.example.org",
            "127.0.0.1",
            "--challenge",
            "tls-alpn-01",
            "--out",
            out);

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isEqualTo(DONE);
    verified(out);
    assertThat(run.leftBehind()).isEmpty();
  }

  @Test
  void aChallengeThatIsNoneIsRefused() {
    Run run = Run.of(IssueCertificate.class, "www.example.org", "--challenge", "dns-99");

    assertThat(run.err())
        .contains("--challenge must be http-01, tls-alpn-01 or dns-01, not dns-99");
  }

  @Test
  void aKeyIsItsOwnersAlone() throws IOException {
    assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
    Files.writeString(folder.resolve("privkey.pem"), "an old one that everyone may read");

    Run run = Run.of(IssueCertificate.class, "example.org", "--out", folder);

    assertThat(run.status()).isEqualTo(DONE);
    assertThat(PosixFilePermissions.toString(mode("privkey.pem"))).isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(mode("fullchain.pem"))).startsWith("rw-r");
  }

  private Set<java.nio.file.attribute.PosixFilePermission> mode(String file) throws IOException {
    return Files.getPosixFilePermissions(folder.resolve(file));
  }

  @Test
  void whatIsInterruptedCleansUp() {
    Run run = Run.start(AccountLifecycle.class, "--runs", 10_000).until("run 3").interrupt();

    assertThat(run.status()).isEqualTo(TERMINATED);
    assertThat(run.err().strip()).isEqualTo("interrupted");
    assertThat(run.leftBehind()).isEmpty();
  }

  @Test
  void anIssuanceThatIsInterruptedGivesItsPortBack() {
    try (var ca =
        io.github.certflux.testca.TestCa.builder()
            .validation(Validation.always())
            .validationDelay(java.time.Duration.ofMinutes(5))
            .startNow()) {
      Path root = ca.writeRoot(folder.resolve("root.pem"));
      Run run =
          Run.start(
                  IssueCertificate.class,
                  "example.org",
                  "--directory",
                  ca.directory(),
                  "--trust",
                  root,
                  "--http-port",
                  0)
              .until("tell the CA to look")
              .interrupt();

      assertThat(run.status()).isEqualTo(TERMINATED);
      assertThat(run.err().strip()).isEqualTo("interrupted");
      assertThat(run.leftBehind()).isEmpty();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static X509Certificate verified(Path folder)
      throws IOException, GeneralSecurityException {
    CertificateFactory x509 = CertificateFactory.getInstance("X.509");
    X509Certificate root =
        (X509Certificate)
            x509.generateCertificates(pem(folder.resolve("root.pem"))).iterator().next();
    List<X509Certificate> chain =
        x509.generateCertificates(pem(folder.resolve("fullchain.pem"))).stream()
            .map(X509Certificate.class::cast)
            .toList();
    PKIXParameters trust = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    trust.setRevocationEnabled(false);
    CertPathValidator.getInstance("PKIX").validate(x509.generateCertPath(chain), trust);
    return chain.get(0);
  }

  private static ByteArrayInputStream pem(Path file) throws IOException {
    return new ByteArrayInputStream(Files.readString(file).getBytes(StandardCharsets.US_ASCII));
  }
}
