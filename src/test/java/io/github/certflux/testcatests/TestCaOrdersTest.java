package io.github.certflux.testcatests;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.Base64URL;
import io.github.certflux.protocol.Status;
import io.github.certflux.testca.CaProblem;
import io.github.certflux.testca.KeyAuthorizationTime;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.TestCaBuilder;
import io.github.certflux.testca.Validation;
import java.net.URI;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;
import tools.jackson.databind.JsonNode;

/** Orders from newOrder to revocation, on a virtual clock. */
class TestCaOrdersTest {
  private static final Duration DONE = Duration.ofMillis(20);

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final ECKey key = RawClient.key();
  private TestCa ca;
  private RawClient client;
  private String account;

  private void start(TestCaBuilder builder) {
    ca = builder.scheduler(time).inMemory();
    client = RawClient.instant(ca);
    account = client.account(key);
  }

  /** The URL of an order that is ready. */
  private RawClient.Reply ready(String... names) {
    RawClient.Reply created = client.order(key, account, names);
    client.trigger(key, account, created.json());
    time.advanceTimeBy(DONE);
    return created;
  }

  private RawClient.Reply read(String url) {
    return client.kid(key, account, url, "");
  }

  @Test
  void anOrderGoesItsWay() {
    start(TestCa.builder().fronts(1).alternateChains(1));
    RawClient.Reply created = client.order(key, account, "Example.org", "*.example.net");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.text("status")).isEqualTo("pending");
    JsonNode wildcard = read(created.json().path("authorizations").get(1).asString()).json();
    assertThat(wildcard.path("wildcard").asBoolean()).isTrue();
    assertThat(wildcard.path("identifier").path("value").asString()).isEqualTo("example.net");
    assertThat(wildcard.path("challenges")).hasSize(1);

    assertThat(finalizeOrder(created, "example.org", "*.example.net").problem())
        .isEqualTo("403 orderNotReady");
    client.trigger(key, account, created.json());
    assertThat(read(created.location()).text("status")).isEqualTo("pending");
    time.advanceTimeBy(DONE);
    assertThat(read(created.location()).text("status")).isEqualTo("ready");

    RawClient.Reply processing = finalizeOrder(created, "example.org", "*.example.net");
    assertThat(processing.text("status")).isEqualTo("processing");
    assertThat(processing.response().retryAfter()).isEqualTo("1");
    time.advanceTimeBy(DONE);
    JsonNode valid = read(created.location()).json();
    assertThat(valid.path("status").asString()).isEqualTo("valid");

    RawClient.Reply chain = read(valid.path("certificate").asString());
    assertThat(chain.response().contentType()).isEqualTo("application/pem-certificate-chain");
    assertThat(chain.body().split("BEGIN CERTIFICATE")).hasSize(3);
    String alternate =
        chain.response().links().stream().filter(l -> l.contains("alternate")).findFirst().get();
    RawClient.Reply other = read(alternate.substring(1, alternate.indexOf('>')));
    assertThat(other.body()).isNotEqualTo(chain.body());
    assertThat(other.body().split("END")[0]).isEqualTo(chain.body().split("END")[0]);
    assertThat(ca.truth().certificates().get(0).identifiers()).hasSize(2);
  }

  private RawClient.Reply finalizeOrder(RawClient.Reply order, String... names) {
    return client.finalizeOrder(key, account, order.json(), RawClient.pair(), names);
  }

  @Test
  void issuanceCanBeSynchronous() {
    start(TestCa.builder().asynchronousIssuance(false));
    assertThat(finalizeOrder(ready("example.org"), "example.org").text("status"))
        .isEqualTo("valid");
  }

  @Test
  void retryAfterCanBeADate() {
    start(TestCa.builder().retryAfterAsDate(true).retryAfter(Duration.ofSeconds(3)));
    RawClient.Reply processing = finalizeOrder(ready("example.org"), "example.org");
    assertThat(processing.response().date()).isEqualTo("Thu, 01 Jan 1970 00:00:00 GMT");
    assertThat(processing.response().retryAfter()).isEqualTo("Thu, 01 Jan 1970 00:00:03 GMT");
  }

  @Test
  void aSecondFinalizeBehindALaggingReplicaSpoilsTheOrder() {
    start(TestCa.builder().fronts(1).lags(Duration.ofSeconds(2)).cacheTtl(Duration.ZERO));
    time.advanceTimeBy(Duration.ofSeconds(2));
    RawClient.Reply created = client.order(key, account, "example.org");
    assertThat(read(created.location()).status()).isEqualTo(404);
    time.advanceTimeBy(Duration.ofSeconds(2));
    client.trigger(key, account, created.json());
    time.advanceTimeBy(Duration.ofSeconds(1));
    assertThat(ca.truth().order(URI.create(created.location())).get().status())
        .isEqualTo(Status.READY);
    assertThat(read(created.location()).text("status")).isEqualTo("pending");
    time.advanceTimeBy(Duration.ofSeconds(2));

    assertThat(finalizeOrder(created, "example.org").text("status")).isEqualTo("processing");
    assertThat(read(created.location()).text("status")).isEqualTo("ready");
    assertThat(finalizeOrder(created, "example.org").problem()).isEqualTo("500 serverInternal");
    time.advanceTimeBy(Duration.ofSeconds(2));

    JsonNode spoilt = read(created.location()).json();
    assertThat(spoilt.path("status").asString()).isEqualTo("invalid");
    assertThat(spoilt.path("error").path("type").asString()).endsWith("serverInternal");
    assertThat(ca.truth().spoiltOrders()).hasSize(1);
  }

  @Test
  void aSecondFinalizeOfAnOrderThatIsDoneDoesNoHarm() {
    start(TestCa.builder());
    RawClient.Reply order = ready("example.org");
    finalizeOrder(order, "example.org");
    assertThat(finalizeOrder(order, "example.org").problem()).isEqualTo("403 orderNotReady");
    assertThat(ca.truth().spoiltOrders()).isEmpty();
  }

  @Test
  void theCsrMustFitTheOrder() {
    start(TestCa.builder());
    RawClient.Reply order = ready("example.org");
    assertThat(finalizeOrder(order, "example.net").problem()).isEqualTo("403 unauthorized");
    byte[] csr = RawClient.csr(RawClient.pair(), "example.org");
    csr[csr.length - 1] ^= 1;
    assertThat(
            client
                .kid(
                    key,
                    account,
                    order.text("finalize"),
                    Map.of("csr", Base64URL.encode(csr).toString()))
                .problem())
        .isEqualTo("400 badCSR");
    assertThat(client.kid(key, account, order.text("finalize"), Map.of("csr", "AAAA")).problem())
        .isEqualTo("400 badCSR");
    assertThat(
            client
                .finalizeOrder(key, account, order.json(), RawClient.rsaPair(), "example.org")
                .status())
        .isEqualTo(200);
  }

  @Test
  void identifiersAreRejectedWithASubproblemEach() {
    start(TestCa.builder().rejectIdentifiers(i -> i.value().endsWith(".invalid")));
    assertThat(client.order(key, account, "a.invalid").problem())
        .isEqualTo("400 rejectedIdentifier");
    RawClient.Reply several = client.order(key, account, "a.invalid", "b.org", "no-dot");
    assertThat(several.json().path("subproblems")).hasSize(2);
    assertThat(
            several.json().path("subproblems").get(1).path("identifier").path("value").asString())
        .isEqualTo("no-dot");
    assertThat(client.order(key, account, "a.example.org", "*.example.org").problem())
        .isEqualTo("400 malformed");
    assertThat(order(Map.of("type", "email", "value", "a@example.org")).problem())
        .isEqualTo("400 unsupportedIdentifier");
    assertThat(order(Map.of("type", "ip", "value", "192.0.2.7")).status()).isEqualTo(201);
    assertThat(order(Map.of("type", "ip", "value", "192.0.2.777")).problem())
        .isEqualTo("400 rejectedIdentifier");
  }

  private RawClient.Reply order(Map<String, String> identifier) {
    return client.kid(key, account, "/acme/new-order", Map.of("identifiers", List.of(identifier)));
  }

  @Test
  void anOrderIsItsAccountsAlone() {
    start(TestCa.builder());
    RawClient.Reply order = client.order(key, account, "example.org");
    ECKey other = RawClient.key();
    String stranger = client.account(other);
    assertThat(client.kid(other, stranger, order.location(), "").problem())
        .isEqualTo("404 malformed");
    String authorization = order.json().path("authorizations").get(0).asString();
    assertThat(client.kid(other, stranger, authorization, "").problem())
        .isEqualTo("403 unauthorized");
  }

  @Test
  void aProofMustCarryTheThumbprintOfTheKeySeenAtTheTrigger() {
    ECKey next = RawClient.key();
    start(
        TestCa.builder()
            .fronts(1)
            .lags(Duration.ofSeconds(2))
            .validation(
                Validation.lookup(
                    proof -> Mono.just(proof.token() + "." + RawClient.thumbprint(next)))));
    time.advanceTimeBy(Duration.ofSeconds(2));
    RawClient.Reply tooSoon = client.order(key, account, "example.org");
    RawClient.Reply later = client.order(key, account, "example.net");
    time.advanceTimeBy(Duration.ofSeconds(2));
    client.keyChange(key, key, next, account);
    client.trigger(key, account, tooSoon.json());
    time.advanceTimeBy(Duration.ofSeconds(5));
    client.trigger(next, account, later.json());
    time.advanceTimeBy(Duration.ofSeconds(3));

    JsonNode failed = client.kid(next, account, tooSoon.location(), "").json();
    assertThat(failed.path("status").asString()).isEqualTo("invalid");
    JsonNode challenge =
        client
            .kid(next, account, failed.path("authorizations").get(0).asString(), "")
            .json()
            .path("challenges")
            .get(0);
    assertThat(challenge.path("error").path("type").asString()).endsWith("unauthorized");
    assertThat(client.kid(next, account, later.location(), "").text("status")).isEqualTo("ready");
  }

  @Test
  void aProofCanBeComparedWithTheKeyOfTheTimeOfValidation() {
    ECKey next = RawClient.key();
    start(
        TestCa.builder()
            .fronts(1)
            .keyAuthorizationTime(KeyAuthorizationTime.AT_VALIDATION)
            .validationDelay(Duration.ofSeconds(1))
            .validation(
                Validation.lookup(
                    proof -> Mono.just(proof.token() + "." + RawClient.thumbprint(next)))));
    RawClient.Reply order = client.order(key, account, "example.org");
    client.trigger(key, account, order.json());
    client.keyChange(key, key, next, account);
    time.advanceTimeBy(Duration.ofSeconds(5));
    assertThat(client.kid(next, account, order.location(), "").text("status")).isEqualTo("ready");
  }

  @Test
  void anAuthorizationIsUsedAgainWhereThatIsAllowed() {
    start(TestCa.builder().authorizationReuse(true));
    String first = ready("example.org").json().path("authorizations").toString();
    RawClient.Reply second = client.order(key, account, "example.org");
    assertThat(second.json().path("authorizations").toString()).isEqualTo(first);
    assertThat(second.text("status")).isEqualTo("ready");
  }

  @Test
  void aDeactivatedAuthorizationTakesItsOrderWithIt() {
    start(TestCa.builder());
    RawClient.Reply order = client.order(key, account, "example.org");
    String authorization = order.json().path("authorizations").get(0).asString();
    assertThat(
            client.kid(key, account, authorization, Map.of("status", "deactivated")).text("status"))
        .isEqualTo("deactivated");
    assertThat(read(order.location()).text("status")).isEqualTo("invalid");
  }

  @Test
  void workThatFailsLaterShowsItsProblem() {
    start(TestCa.builder());
    ca.faults().failValidations("a.example.org", CaProblem.of(400, "dns", "no such name"));
    RawClient.Reply order = ready("a.example.org");
    assertThat(read(order.location()).text("status")).isEqualTo("invalid");
    ca.faults().failIssuance(CaProblem.of(403, "caa", "not here"));
    RawClient.Reply other = ready("b.example.org");
    finalizeOrder(other, "b.example.org");
    time.advanceTimeBy(DONE);
    assertThat(read(other.location()).json().path("error").path("type").asString())
        .endsWith(":caa");
  }

  @Test
  void aCertificateIsRevokedOnceByItsAccountOrItsKey() throws Exception {
    start(TestCa.builder().asynchronousIssuance(false));
    KeyPair pair = RawClient.pair();
    String first = revocable(pair);
    assertThat(revoke(first, 0).status()).isEqualTo(200);
    assertThat(revoke(first, 0).problem()).isEqualTo("400 alreadyRevoked");
    assertThat(revoke(revocable(pair), 9).problem()).isEqualTo("400 badRevocationReason");

    String byKey = revocable(pair);
    ECKey certificateKey =
        new ECKey.Builder(
                com.nimbusds.jose.jwk.Curve.P_256,
                (java.security.interfaces.ECPublicKey) pair.getPublic())
            .privateKey(pair.getPrivate())
            .build();
    assertThat(
            client
                .jwk(RawClient.key(), "/acme/revoke-cert", Map.of("certificate", byKey))
                .problem())
        .isEqualTo("403 unauthorized");
    assertThat(
            client.jwk(certificateKey, "/acme/revoke-cert", Map.of("certificate", byKey)).status())
        .isEqualTo(200);
    assertThat(ca.truth().certificates().stream().filter(c -> c.revoked())).hasSize(2);
  }

  private RawClient.Reply revoke(String certificate, int reason) {
    return client.kid(
        key, account, "/acme/revoke-cert", Map.of("certificate", certificate, "reason", reason));
  }

  /** The DER of a new certificate in base64url. */
  private String revocable(KeyPair pair) {
    RawClient.Reply order = ready("example.org");
    RawClient.Reply done = client.finalizeOrder(key, account, order.json(), pair, "example.org");
    String pem = read(done.text("certificate")).body();
    String leaf = pem.substring(27, pem.indexOf("-----END")).replace("\n", "");
    return Base64URL.encode(java.util.Base64.getDecoder().decode(leaf)).toString();
  }

  @Test
  void aRenewalSaysWhatItReplacesAndDoesSoOnce() {
    start(TestCa.builder().asynchronousIssuance(false));
    RawClient.Reply order = ready("example.org");
    String pem = read(finalizeOrder(order, "example.org").text("certificate")).body();
    String id = renewalId(pem);
    JsonNode window = client.get("/acme/renewal-info/" + id).json().path("suggestedWindow");
    assertThat(window.path("start").asString()).startsWith("1970-02-28");

    assertThat(replacing("example.net", id).problem()).isEqualTo("400 malformed");
    assertThat(replacing("example.org", id).status()).isEqualTo(201);
    assertThat(replacing("example.org", id).problem()).isEqualTo("409 alreadyReplaced");
    String unknown = id.substring(0, id.indexOf('.')) + ".AQ";
    assertThat(replacing("example.org", unknown).problem()).isEqualTo("404 malformed");
    assertThat(client.get("/acme/renewal-info/" + unknown).problem()).isEqualTo("404 malformed");
  }

  private RawClient.Reply replacing(String name, String certificate) {
    return client.kid(
        key,
        account,
        "/acme/new-order",
        Map.of(
            "identifiers", List.of(Map.of("type", "dns", "value", name)), "replaces", certificate));
  }

  /** RFC 9773 §4.1. */
  private static String renewalId(String pem) {
    try {
      X509CertificateHolder leaf =
          new X509CertificateHolder(
              java.util.Base64.getMimeDecoder().decode(pem.substring(27, pem.indexOf("-----END"))));
      byte[] issuer =
          AuthorityKeyIdentifier.fromExtensions(leaf.getExtensions()).getKeyIdentifierOctets();
      return Base64URL.encode(issuer)
          + "."
          + Base64URL.encode(leaf.getSerialNumber().toByteArray());
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theSameSeedGivesTheSameCa() {
    StringBuilder first = new StringBuilder();
    StringBuilder second = new StringBuilder();
    for (StringBuilder each : List.of(first, second)) {
      TestCa seeded =
          TestCa.builder()
              .scheduler(VirtualTimeScheduler.create())
              .random(new java.util.Random(42))
              .inMemory();
      each.append(seeded.rootPem());
      each.append(RawClient.instant(seeded).freshNonce());
    }
    assertThat(first.toString()).isEqualTo(second.toString());
  }
}
