package io.github.certflux.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The commands of {@code acme}, one after the other on one server and store. */
class AcmeTest {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  @TempDir static Path folder;
  private static io.github.certflux.testca.TestCa ca;
  private static Path root;

  @BeforeAll
  static void start() throws IOException {
    ca = io.github.certflux.testca.TestCa.builder().alternateChains(1).startNow();
    root = ca.writeRoot(folder.resolve("root.pem"));
  }

  @AfterAll
  static void close() {
    ca.close();
  }

  private static Run acme(String store, Object... arguments) {
    List<Object> all = new ArrayList<>(List.of(arguments));
    all.addAll(
        List.of(
            "--directory",
            ca.directory(),
            "--trust",
            root,
            "--store",
            folder.resolve(store),
            "--json"));
    return Run.of(Acme.class, all.toArray());
  }

  private static JsonNode done(Run run) {
    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isEqualTo(DONE);
    return run.json();
  }

  @Test
  void aCertificateIsOrderedAndRevoked() {
    Path out = folder.resolve("ordered");

    JsonNode ordered =
        done(
            acme(
                "ordering",
                "order",
                "www.example.org",
                "--key-type",
                "EC_P384",
                "--preferred-chain",
                "Test CA root alternate 1",
                "--http-port",
                0,
                "--out",
                out));
    Path chain = out.resolve("fullchain.pem");
    JsonNode revoked = done(acme("ordering", "revoke", chain, "--reason", "SUPERSEDED"));

    assertThat(ordered.path("preferredChain").asBoolean()).isTrue();
    assertThat(ordered.path("chain").asString()).isEqualTo(chain.toString());
    assertThat(revoked.path("serial")).isEqualTo(ordered.path("serial"));
    assertThat(ca.truth().certificates())
        .filteredOn(each -> each.serial().equals(ordered.path("serial").asString()))
        .allMatch(each -> each.revoked());
  }

  @Test
  void whatTheServerOffersIsShown() {
    JsonNode directory = done(acme("none", "directory"));
    JsonNode profiles = done(acme("none", "profiles"));

    assertThat(directory.path("newOrder").asString()).startsWith("https://");
    assertThat(directory.path("externalAccountRequired").asBoolean()).isFalse();
    assertThat(directory.path("profiles")).isEqualTo(profiles);
    assertThat(profiles.path("shortlived").asString()).isNotEmpty();
  }

  @Test
  void anAccountLivesFromItsCreationToItsEnd() {
    JsonNode created = done(acme("living", "account", "create", "--contact", "a@example.org"));
    String url = created.path("url").asString();

    done(acme("living", "account", "contacts", "b@example.org", "c@example.org"));
    assertThat(ca.truth().account(URI.create(url)).orElseThrow().contacts())
        .containsExactly("mailto:b@example.org", "mailto:c@example.org");
    done(acme("living", "account", "rollover", "--key-type", "RSA_2048"));
    assertThat(done(acme("living", "account", "show")).path("url").asString()).isEqualTo(url);
    JsonNode ended = done(acme("living", "account", "deactivate"));

    assertThat(ended.path("status").asString()).isEqualTo("deactivated");
    Run gone = acme("living", "account", "show");
    assertThat(gone.err()).isEqualTo("--store has no account" + System.lineSeparator());
    assertThat(gone.status()).isEqualTo(FAILED);
  }

  @Test
  void aCertificateIsDownloadedOnceMoreWithAnotherChain() {
    Path out = folder.resolve("again");
    JsonNode ordered =
        done(acme("again", "order", "again.example.org", "--http-port", 0, "--out", out));

    JsonNode other =
        done(
            acme(
                "again",
                "certificate",
                "--out",
                out,
                "--preferred-chain",
                "Test CA root alternate 1"));
    JsonNode first = done(acme("again", "certificate", ordered.path("url").asString()));
    JsonNode renewal = done(acme("again", "renewal-info", out.resolve("fullchain.pem")));

    assertThat(other.path("preferredChain").asBoolean()).isTrue();
    assertThat(other.path("issuers")).isNotEqualTo(ordered.path("issuers"));
    assertThat(first.path("issuers")).isEqualTo(ordered.path("issuers"));
    assertThat(first.path("serial")).isEqualTo(ordered.path("serial"));
    assertThat(Instant.parse(renewal.path("renewAt").asString()))
        .isBetween(
            Instant.parse(renewal.path("windowStart").asString()),
            Instant.parse(renewal.path("windowEnd").asString()));
  }

  @Test
  void aCertificateIsRevokedByItsOwnKey() {
    Path out = folder.resolve("own");
    done(acme("own", "order", "own.example.org", "--http-port", 0, "--out", out));
    Path chain = out.resolve("fullchain.pem");
    Path key = out.resolve("privkey.pem");

    Run another = acme("nobody", "revoke", chain, "--key", chain);
    JsonNode revoked =
        done(acme("nobody", "revoke", chain, "--key", key, "--reason", "KEY_COMPROMISE"));

    assertThat(another.err()).contains("is not the certificate's key");
    assertThat(another.status()).isEqualTo(FAILED);
    assertThat(revoked.path("reason").asString()).isEqualTo("KEY_COMPROMISE");
    assertThat(ca.truth().certificates())
        .filteredOn(each -> each.serial().equals(revoked.path("serial").asString()))
        .singleElement()
        .matches(each -> each.revoked());
  }

  @Test
  void whatIsNoCertificateIsNotRevoked() {
    Run run = acme("ordering", "revoke", folder.resolve("missing.pem"));

    assertThat(run.err()).contains("missing.pem: no such file");
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.status()).isEqualTo(FAILED);
  }

  @Test
  void wrongUsage() {
    Run none = Run.of(Acme.class);
    assertThat(none.status()).isEqualTo(WRONG_USAGE);
    assertThat(none.err()).startsWith("acme: which command?");

    Run option = Run.of(Acme.class, "order", "example.org", "--what");
    assertThat(option.status()).isEqualTo(WRONG_USAGE);
    assertThat(option.err()).startsWith("acme order: ").contains("examples/run acme order --help");

    Run half = Run.of(Acme.class, "account", "create", "--eab-kid", "kid-1");
    assertThat(half.status()).isEqualTo(WRONG_USAGE);
    assertThat(half.err()).contains("--eab-key");
  }

  @Test
  void help() {
    assertThat(Run.of(Acme.class, "--help").out()).contains("order", "revoke");
    assertThat(Run.of(Acme.class, "order", "--help").out()).contains("--directory=URL", "--json");
  }
}
