package io.github.certflux.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import io.github.certflux.OrderRequest;
import io.github.certflux.internal.Chains;
import io.github.certflux.internal.KeyPem;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What other clients have left. */
class MigrationTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private final World world = new World();
  @TempDir Path folder;

  private Path put(String path, String text) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static KeyPair pair(String algorithm, int size) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(size);
    return generator.generateKeyPair();
  }

  private void account(String id, String jwk) throws IOException {
    String own = "accounts/acme-v02.api.letsencrypt.org/directory/" + id + "/";
    put(own + "private_key.json", jwk);
    put(own + "meta.json", "{\"creation_dt\": \"2024-01-01T00:00:00Z\"}");
    put(
        own + "regr.json",
        "{\"body\": {}, \"uri\": \"https://acme-v02.api.letsencrypt.org/acme/acct/7\"}");
  }

  /** As certbot lays it out: links into the archive. */
  private Authority.Issued certificate(String name) throws Exception {
    Authority.Issued issued = world.ca.issued(OrderRequest.of(name, "www." + name));
    put("archive/" + name + "/fullchain1.pem", Chains.pem(issued.chain()) + "\n");
    put("archive/" + name + "/privkey1.pem", KeyPem.encode(issued.key().getPrivate()));
    Path live = folder.resolve("live").resolve(name);
    Files.createDirectories(live);
    for (String part : List.of("fullchain", "privkey")) {
      Files.createSymbolicLink(
          live.resolve(part + ".pem"), Path.of("../../archive/" + name + "/" + part + "1.pem"));
    }
    put("live/README", "certbot's");
    put(
        "renewal/" + name + ".conf",
        "version = 2.9.0\n[renewalparams]\naccount = abc\nserver = " + world.ca.directory() + "\n");
    return issued;
  }

  @Test
  void certbotsAccountsAreFound() throws Exception {
    KeyPair rsa = pair("RSA", 2048);
    KeyPair ec = pair("EC", 256);
    account(
        "a1",
        new RSAKey.Builder((RSAPublicKey) rsa.getPublic())
            .privateKey((RSAPrivateKey) rsa.getPrivate())
            .build()
            .toJSONString());
    account(
        "b2",
        new ECKey.Builder(Curve.P_256, (ECPublicKey) ec.getPublic())
            .privateKey((ECPrivateKey) ec.getPrivate())
            .build()
            .toJSONString());

    List<CertbotFolder.Account> accounts =
        Objects.requireNonNull(Migration.certbot(folder).accounts().collectList().block(PATIENCE));

    assertThat(accounts)
        .extracting(a -> a.key().getPublic())
        .containsExactly(rsa.getPublic(), ec.getPublic());
    assertThat(accounts)
        .allSatisfy(
            a -> {
              assertThat(a.directory())
                  .isEqualTo(URI.create("https://acme-v02.api.letsencrypt.org/directory"));
              assertThat(a.url())
                  .isEqualTo(URI.create("https://acme-v02.api.letsencrypt.org/acme/acct/7"));
              assertThat(a.toString()).doesNotContain("\"d\"");
            });
  }

  /** As certbot does where the server was renamed; staging's come before in the alphabet. */
  @Test
  void anAccountIsFoundThroughALinkAndBesideGarbage() throws Exception {
    KeyPair pair = pair("EC", 256);
    account(
        "a1",
        new ECKey.Builder(Curve.P_256, (ECPublicKey) pair.getPublic())
            .privateKey((ECPrivateKey) pair.getPrivate())
            .build()
            .toJSONString());
    put("accounts/acme-staging-v02.api.letsencrypt.org/directory/a0/private_key.json", "garbage");
    put("accounts/private_key.json", "garbage");
    Path accounts = folder.resolve("accounts");
    Files.createDirectories(accounts.resolve("new.example"));
    Files.createSymbolicLink(
        accounts.resolve("new.example/directory"),
        Path.of("../acme-v02.api.letsencrypt.org/directory"));
    Files.createSymbolicLink(accounts.resolve("new.example/outside"), folder);

    for (String server : List.of("acme-v02.api.letsencrypt.org", "new.example")) {
      URI directory = URI.create("https://" + server + "/directory");
      StepVerifier.create(Migration.certbot(folder).accounts(directory))
          .assertNext(
              account -> {
                assertThat(account.directory()).isEqualTo(directory);
                assertThat(account.key().getPublic()).isEqualTo(pair.getPublic());
              })
          .expectComplete()
          .verify(PATIENCE);
    }
  }

  @Test
  void certbotsCertificatesAreKeptValidFromThenOn() throws Exception {
    Authority.Issued issued = certificate("example.org");
    put("live/broken.org/privkey.pem", "garbage");
    CertificateManager manager = world.manager();

    StepVerifier.create(Migration.certbot(folder).importCertificates(manager))
        .assertNext(
            broken -> {
              assertThat(broken.name()).isEqualTo("broken.org");
              assertThat(broken.error().orElseThrow()).isInstanceOf(MigrationException.class);
            })
        .expectNext(new CertbotFolder.Imported("example.org", true, Optional.empty()))
        .expectComplete()
        .verify(PATIENCE);
    StepVerifier.create(
            Migration.certbot(folder)
                .importCertificates(manager)
                .filter(i -> i.name().equals("example.org")))
        .expectNext(new CertbotFolder.Imported("example.org", false, Optional.empty()))
        .expectComplete()
        .verify(PATIENCE);

    World.Told told =
        new World.Told(manager.manage(List.of(OrderRequest.of("www.example.org", "example.org"))));
    world.pass(Duration.ofMinutes(1));
    assertThat(told.kinds()).containsExactly(CertificateEvent.Kind.FOUND);
    assertThat(manager.certificate("www.example.org").orElseThrow().chain())
        .isEqualTo(issued.chain());
    world.pass(Duration.ofDays(34));
    assertThat(world.ca.attempts).isEqualTo(1);
    assertThat(world.ca.orders.get(1).replaces()).as("of the same CA").isPresent();
  }

  @Test
  void aCertificateThatDoesNotFitIsNotStored() throws Exception {
    Authority.Issued one = world.ca.issued(OrderRequest.of("a.example.org"));
    KeyPair other = pair("EC", 256);
    CertificateManager manager = world.manager();

    StepVerifier.create(manager.importCertificate(one.chain(), other, Optional.empty()))
        .expectError(IllegalArgumentException.class)
        .verify(PATIENCE);
    StepVerifier.create(manager.importCertificate(List.of(), other, Optional.empty()))
        .expectError(IllegalArgumentException.class)
        .verify(PATIENCE);
    assertThat(world.store.list("").collectList().block()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{}", "[]", "{\"kty\":\"RSA\"}", "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}"})
  void anAccountsKeyThatIsNoneIsToldWithItsFileAndNotQuoted(String jwk) throws Exception {
    account("a1", jwk);
    StepVerifier.create(Migration.certbot(folder).accounts())
        .expectErrorSatisfies(
            error ->
                assertThat(error)
                    .isInstanceOf(MigrationException.class)
                    .hasMessageContaining("private_key.json")
                    .hasMessageNotContaining("c2VjcmV0"))
        .verify(PATIENCE);
  }

  @Test
  void whatIsTooLargeOrMissingIsNotRead() throws Exception {
    account("a1", "x".repeat(300_000));
    StepVerifier.create(Migration.certbot(folder).accounts())
        .expectErrorMessage(
            folder.resolve("accounts/acme-v02.api.letsencrypt.org/directory/a1/private_key.json")
                + ": more than 256 KiB")
        .verify(PATIENCE);
    StepVerifier.create(Migration.certbot(folder.resolve("none")).certificates())
        .expectError(MigrationException.class)
        .verify(PATIENCE);
    Files.createDirectories(folder.resolve("live/dir/privkey.pem"));
    put("live/dir/fullchain.pem", "");
    StepVerifier.create(Migration.certbot(folder).certificates())
        .expectError(MigrationException.class)
        .verify(PATIENCE);
  }

  @Test
  void aKeyPairAsAcme4jWritesItIsRead() {
    String sec1 =
        """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIGhDvaFLJPqBGiyoOxMzBd1kCSbw2Kj8lHWXxLdtWxP+oAoGCCqGSM49
        AwEHoUQDQgAEDkZmRmZmZg==
        -----END EC PRIVATE KEY-----
        """;
    assertThatThrownBy(() -> Migration.keyPair(sec1)).isInstanceOf(MigrationException.class);
    assertThatThrownBy(() -> Migration.chain("no")).isInstanceOf(MigrationException.class);
    StepVerifier.create(Mono.fromCallable(() -> Migration.keyPair(SEC1)).map(KeyPair::getPublic))
        .assertNext(key -> assertThat(key.getAlgorithm()).isEqualTo("EC"))
        .verifyComplete();
  }

  /** A key of a test, made with {@code openssl ecparam -genkey}: the form that acme4j writes. */
  private static final String SEC1 =
      """
      -----BEGIN EC PRIVATE KEY-----
      MHcCAQEEIBPfXGnGarO2TRUGW7Wge04pVQlbGnwP1r0ygqz3mfBUoAoGCCqGSM49
      AwEHoUQDQgAEiPniKYLZ/5xAop09UoG67XEuvgkQjw7XHiUM4viAu2obuR9oWfsA
      Qu34m8nLNiCFyiCQ9IGeTY9I4IerUStKog==
      -----END EC PRIVATE KEY-----
      """;
}
