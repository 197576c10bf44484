package io.github.certflux.testcatests;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.github.certflux.protocol.Status;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.TestCa;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Accounts, and what is checked of every signed request. */
class TestCaAccountsTest {
  private final TestCa ca =
      TestCa.builder().scheduler(VirtualTimeScheduler.create()).showContacts(true).inMemory();
  private final RawClient client = RawClient.instant(ca);
  private final ECKey key = RawClient.key();

  @Test
  void theDirectoryNamesItsResourcesAndTerms() {
    RawClient.Reply directory = client.get("/directory");

    assertThat(directory.status()).isEqualTo(200);
    assertThat(directory.text("newNonce")).isEqualTo("https://ca.test/acme/new-nonce");
    assertThat(directory.json().path("meta").path("termsOfService").asString())
        .isEqualTo("https://ca.test/terms/v1");
    assertThat(directory.response().nonce()).isNull();
  }

  @Test
  void anAccountIsMadeOnceAndFoundByItsKey() {
    RawClient.Reply made =
        client.jwk(
            key,
            "/acme/new-acct",
            Map.of("termsOfServiceAgreed", true, "contact", List.of("mailto:a@example.org")));
    RawClient.Reply again = client.jwk(key, "/acme/new-acct", Map.of("onlyReturnExisting", true));

    assertThat(made.status()).isEqualTo(201);
    assertThat(made.json().path("contact").get(0).asString()).isEqualTo("mailto:a@example.org");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.location()).isEqualTo(made.location());
    assertThat(ca.truth().accounts()).hasSize(1);
    assertThat(ca.requests().of(Endpoint.NEW_ACCOUNT))
        .allMatch(e -> RawClient.thumbprint(key).equals(e.keyThumbprint()));
  }

  @Test
  void anAccountMadeTwiceBehindALaggingReplicaIsNotFound() {
    VirtualTimeScheduler time = VirtualTimeScheduler.create();
    TestCa late = TestCa.builder().scheduler(time).lags(java.time.Duration.ofSeconds(2)).inMemory();
    RawClient at = RawClient.instant(late);
    String account = at.account(key);

    assertThat(at.jwk(key, "/acme/new-acct", Map.of("termsOfServiceAgreed", true)).problem())
        .isEqualTo("404 malformed");
    time.advanceTimeBy(java.time.Duration.ofSeconds(2));
    assertThat(at.jwk(key, "/acme/new-acct", Map.of("termsOfServiceAgreed", true)).location())
        .isEqualTo(account);
  }

  @Test
  void anUnknownKeyHasNoAccount() {
    assertThat(client.jwk(key, "/acme/new-acct", Map.of("onlyReturnExisting", true)).problem())
        .isEqualTo("400 accountDoesNotExist");
    assertThat(client.kid(key, "https://ca.test/acme/acct/7", "/acme/acct/7", "").problem())
        .isEqualTo("400 accountDoesNotExist");
    assertThat(client.jwk(key, "/acme/new-acct", Map.of()).problem()).isEqualTo("400 malformed");
  }

  @Test
  void contactsAreUpdatedAndChecked() {
    String account = client.account(key);

    assertThat(
            client
                .kid(key, account, account, Map.of("contact", List.of("mailto:b@example.org")))
                .json()
                .path("contact")
                .get(0)
                .asString())
        .isEqualTo("mailto:b@example.org");
    assertThat(client.kid(key, account, account, Map.of("contact", List.of("tel:1"))).problem())
        .isEqualTo("400 unsupportedContact");
    assertThat(client.kid(key, account, account, Map.of("contact", List.of("mailto:b"))).problem())
        .isEqualTo("400 invalidContact");
    assertThat(ca.truth().account(URI.create(account)).orElseThrow().contacts())
        .containsExactly("mailto:b@example.org");
  }

  @Test
  void changedTermsMustBeAgreedTo() {
    String account = client.account(key);
    ca.changeTerms(URI.create("https://ca.test/terms/v2"));

    RawClient.Reply refused = client.order(key, account, "example.org");
    assertThat(refused.problem()).isEqualTo("403 userActionRequired");
    assertThat(refused.text("instance")).isEqualTo("https://ca.test/terms/v2");
    assertThat(refused.response().links())
        .contains("<https://ca.test/terms/v2>;rel=\"terms-of-service\"");
    assertThat(client.kid(key, account, account, "").problem()).isEqualTo("403 userActionRequired");

    assertThat(client.kid(key, account, account, Map.of("termsOfServiceAgreed", true)).status())
        .isEqualTo(200);
    assertThat(client.order(key, account, "example.org").status()).isEqualTo(201);
  }

  @Test
  void aDeactivatedAccountIsOverForAllButItsLateFrontEnds() {
    VirtualTimeScheduler time = VirtualTimeScheduler.create();
    TestCa late = TestCa.builder().fronts(1).scheduler(time).inMemory();
    RawClient at = RawClient.instant(late);
    String account = at.account(key);
    assertThat(at.kid(key, account, account, Map.of("status", "deactivated")).status())
        .isEqualTo(200);

    assertThat(late.truth().account(URI.create(account)).orElseThrow().status())
        .isEqualTo(Status.DEACTIVATED);
    assertThat(at.order(key, account, "example.org").status()).isEqualTo(201);
    assertThat(at.kid(key, account, account, Map.of("status", "deactivated")).problem())
        .isEqualTo("404 malformed");

    time.advanceTimeBy(java.time.Duration.ofSeconds(5));
    assertThat(at.order(key, account, "example.org").problem()).isEqualTo("403 unauthorized");
    assertThat(at.jwk(key, "/acme/new-acct", Map.of()).problem()).isEqualTo("403 unauthorized");
  }

  @Test
  void aNonceServesOnce() {
    String account = client.account(key);
    String nonce = client.freshNonce();

    assertThat(client.kid(key, account, account, "", nonce).status()).isEqualTo(200);
    RawClient.Reply again = client.kid(key, account, account, "", nonce);
    assertThat(again.problem()).isEqualTo("400 badNonce");
    assertThat(again.response().nonce()).isNotNull();
    assertThat(client.kid(key, account, account, "", "never-given").problem())
        .isEqualTo("400 badNonce");
  }

  @Test
  void aRequestRefusedForItsSignatureKeepsItsNonce() {
    String account = client.account(key);
    String nonce = client.freshNonce();

    RawClient.Reply refused = client.kid(RawClient.key(), account, account, "", nonce);
    assertThat(refused.problem()).isEqualTo("400 malformed");
    assertThat(refused.text("detail"))
        .isEqualTo("Unable to validate JWS :: JWS verification error");
    assertThat(client.kid(key, account, account, "", nonce).status()).isEqualTo(200);
  }

  @Test
  void anotherAlgorithmThanTheAccountsIsNamed() {
    String account = client.account(key);

    assertThat(client.kid(RawClient.key(Curve.P_384), account, account, "").text("detail"))
        .isEqualTo(
            "Unable to validate JWS :: JWS signature header algorithm \"ES384\" does not match"
                + " expected algorithm \"ES256\" for JWK");
  }

  @Test
  void everyKindOfKeyIsTaken() throws Exception {
    List<JWK> keys =
        List.of(
            key,
            RawClient.key(Curve.P_384),
            RawClient.key(Curve.P_521),
            new RSAKeyGenerator(2048).generate());
    for (JWK each : keys) {
      String account = client.account(each);
      assertThat(client.kid(each, account, account, "").status()).isEqualTo(200);
    }
  }

  @Test
  void aWeakKeyIsRefused() throws Exception {
    RSAKey weak = new RSAKeyGenerator(1024, true).generate();
    String url = client.url("/acme/new-acct");
    JWSHeader header =
        new JWSHeader.Builder(JWSAlgorithm.RS256)
            .jwk(weak.toPublicJWK())
            .customParam("nonce", client.freshNonce())
            .customParam("url", url)
            .build();
    String jws = RawClient.sign(key, new JWSHeader.Builder(JWSAlgorithm.ES256).build(), Map.of());

    assertThat(
            client
                .post(
                    "/acme/new-acct",
                    "{\"protected\":\""
                        + header.toBase64URL()
                        + "\",\"payload\":\"e30\",\"signature\":\""
                        + RawClient.JSON.readTree(jws).path("signature").asString()
                        + "\"}")
                .problem())
        .isEqualTo("400 badPublicKey");
  }

  @Test
  void theUrlThatIsSignedMustBeTheOneThatIsAsked() {
    String account = client.account(key);
    String jws = RawClient.jws(key, account, account + "0", client.freshNonce(), "");

    assertThat(client.post(account, jws).text("detail")).contains("'url' incorrect");
  }

  @Test
  void anAlgorithmThatIsNotTakenIsAnsweredWithThoseThatAre() {
    TestCa strict =
        TestCa.builder()
            .scheduler(VirtualTimeScheduler.create())
            .algorithms("ES256", "RS256")
            .inMemory();
    RawClient.Reply refused =
        RawClient.instant(strict).jwk(RawClient.key(Curve.P_384), "/acme/new-acct", Map.of());

    assertThat(refused.problem()).isEqualTo("400 badSignatureAlgorithm");
    assertThat(refused.json().path("algorithms").toString()).isEqualTo("[\"ES256\",\"RS256\"]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "[]",
        "{}",
        "{\"protected\":\"e30\",\"payload\":\"\",\"signature\":\"AA\"}",
        "{\"protected\":\"eyJhbGciOiJub25lIn0\",\"payload\":\"\",\"signature\":\"AA\"}",
        "{\"protected\":\"eyJhbGciOiJFUzI1NiJ9\",\"payload\":\"\",\"signature\":\"AA\"}",
        "{\"protected\":\"eyJhbGciOiJFUzI1NiJ9\",\"payload\":\"=\",\"signature\":\"AA\"}",
        "{\"protected\":1,\"payload\":\"\",\"signature\":\"AA\"}",
        "{\"payload\":\"\",\"signatures\":[]}",
        "{\"payload\":\"\",\"header\":{}}"
      })
  void whatIsNotAJwsIsMalformed(String body) {
    assertThat(client.post("/acme/new-order", body).problem()).isEqualTo("400 malformed");
  }

  @Test
  void whatIsNotThereIsNotFound() {
    assertThat(client.get("/acme/nothing").problem()).isEqualTo("404 malformed");
    assertThat(client.get("/acme/new-order").problem()).isEqualTo("405 malformed");
    assertThat(client.get("/acme/new-nonce").status()).isEqualTo(204);
  }

  @Test
  void aPartOfTheNoncesCanBeRefused() {
    TestCa picky =
        TestCa.builder()
            .scheduler(VirtualTimeScheduler.create())
            .random(new java.util.Random(7))
            .nonceRejection(0.5)
            .inMemory();
    RawClient at = RawClient.instant(picky);
    int refused = 0;
    for (int i = 0; i < 100; i++) {
      RawClient.Reply reply = at.jwk(key, "/acme/new-acct", Map.of("termsOfServiceAgreed", true));
      refused += reply.status() == 400 ? 1 : 0;
    }

    assertThat(refused).isBetween(30, 70);
  }
}
