package io.github.certflux.testcatests;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Exchange;
import io.github.certflux.testca.TestCa;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A key rollover as the front ends show it, each with its cache, and behind replicas that lag. */
class TestCaKeyChangeTest {
  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
  private final ECKey a = RawClient.key();
  private final ECKey b = RawClient.key();
  private final ECKey c = RawClient.key();

  private TestCa ca(int fronts, Duration... lags) {
    return TestCa.builder().scheduler(time).fronts(fronts).lags(lags).inMemory();
  }

  @Test
  void theFrontEndThatDidItRefusesTheNewKeyUntilItsCacheEnds() {
    TestCa ca = ca(1);
    RawClient client = RawClient.instant(ca);
    String account = client.account(a);
    assertThat(client.keyChange(a, a, b, account).status()).isEqualTo(200);

    RawClient.Reply refused = client.kid(b, account, account, "");
    assertThat(refused.problem()).isEqualTo("400 malformed");
    assertThat(refused.text("detail"))
        .isEqualTo("Unable to validate JWS :: JWS verification error");
    RawClient.Reply old = client.kid(a, account, account, "");
    assertThat(old.status()).isEqualTo(200);
    assertThat(old.json().path("key").path("x").asString()).isEqualTo(a.getX().toString());

    time.advanceTimeBy(Duration.ofMillis(4999));
    assertThat(client.kid(b, account, account, "").status()).isEqualTo(400);
    time.advanceTimeBy(Duration.ofMillis(1));
    assertThat(client.kid(b, account, account, "").status()).isEqualTo(200);
    assertThat(client.kid(a, account, account, "").status()).isEqualTo(400);
  }

  @Test
  void readsDoNotExtendTheCache() {
    TestCa ca = ca(1);
    RawClient client = RawClient.instant(ca);
    String account = client.account(a);
    client.kid(a, account, account, "");
    time.advanceTimeBy(Duration.ofSeconds(3));
    assertThat(client.keyChange(a, a, b, account).status()).isEqualTo(200);
    time.advanceTimeBy(Duration.ofMillis(1999));
    assertThat(client.kid(b, account, account, "").status()).isEqualTo(400);
    time.advanceTimeBy(Duration.ofMillis(1));
    assertThat(client.kid(b, account, account, "").status()).isEqualTo(200);
  }

  @Test
  void otherFrontEndsKnowTheNewKeyAtOnceUnlessTheyKnewTheAccount() {
    TestCa ca = ca(3);
    RawClient client = RawClient.instant(ca);
    String account = client.account(a); // nonce on 0, the account on 1
    client.kid(a, account, account, ""); // on 2
    assertThat(client.keyChange(a, a, b, account).status()).isEqualTo(200); // on 0
    assertThat(client.kid(b, account, account, "").status()).isEqualTo(200); // on 1
    assertThat(client.kid(b, account, account, "").status()).isEqualTo(400); // on 2
    assertThat(client.kid(b, account, account, "").status()).isEqualTo(400); // on 0
    assertThat(client.kid(a, account, account, "").status()).isEqualTo(400); // on 1
    assertThat(client.kid(a, account, account, "").status()).isEqualTo(200); // on 2

    List<Exchange> exchanges = ca.requests().of(Endpoint.ACCOUNT);
    assertThat(exchanges.stream().map(Exchange::front)).containsExactly(2, 1, 2, 0, 1, 2);
    // Who signed is known also where the signature was refused.
    assertThat(exchanges.stream().map(Exchange::keyThumbprint))
        .containsExactly(
            RawClient.thumbprint(a),
            RawClient.thumbprint(b),
            RawClient.thumbprint(b),
            RawClient.thumbprint(b),
            RawClient.thumbprint(a),
            RawClient.thumbprint(a));
  }

  @Test
  void aLaggingReplicaAddsItsLag() {
    TestCa ca = ca(1, Duration.ofSeconds(2));
    RawClient client = RawClient.instant(ca);
    String account = client.account(a);
    assertThat(client.kid(a, account, account, "").problem()).isEqualTo("400 accountDoesNotExist");
    time.advanceTimeBy(Duration.ofSeconds(2));
    assertThat(client.keyChange(a, a, b, account).status()).isEqualTo(200);
    // Filled by the key-change, and filled again from the replica just before it knows.
    time.advanceTimeBy(Duration.ofSeconds(5));
    assertThat(client.kid(b, account, account, "").status()).isEqualTo(200);
  }

  @Test
  void anEntryFilledBehindTheReplicaIsStaleForAllItsLife() {
    TestCa ca = ca(2, Duration.ofSeconds(2));
    RawClient client = RawClient.instant(ca);
    String account = client.account(a); // nonce on 0, the account on 1
    time.advanceTimeBy(Duration.ofSeconds(2));
    assertThat(client.keyChange(a, a, b, account).status()).isEqualTo(200); // on 0
    time.advanceTimeBy(Duration.ofMillis(1999));
    assertThat(client.kid(b, account, account, "").status()).isEqualTo(400); // fills 1
    time.advanceTimeBy(Duration.ofMillis(4999));
    client.freshNonce(); // on 0
    assertThat(client.kid(b, account, account, "").status()).isEqualTo(400); // on 1
    client.freshNonce(); // on 0
    time.advanceTimeBy(Duration.ofMillis(1));
    assertThat(client.kid(b, account, account, "").status()).isEqualTo(200); // on 1
  }

  @Test
  void lookingUpByKeyIgnoresTheCacheButNotTheLag() {
    TestCa fresh = ca(1);
    RawClient client = RawClient.instant(fresh);
    String account = client.account(a);
    client.keyChange(a, a, b, account);
    assertThat(client.jwk(b, "/acme/new-acct", Map.of("onlyReturnExisting", true)).location())
        .isEqualTo(account);
    assertThat(client.jwk(a, "/acme/new-acct", Map.of("onlyReturnExisting", true)).problem())
        .isEqualTo("400 accountDoesNotExist");

    TestCa late = ca(1, Duration.ofSeconds(2));
    client = RawClient.instant(late);
    account = client.account(a);
    time.advanceTimeBy(Duration.ofSeconds(2));
    client.keyChange(a, a, b, account);
    assertThat(client.jwk(b, "/acme/new-acct", Map.of("onlyReturnExisting", true)).problem())
        .isEqualTo("400 accountDoesNotExist");
    assertThat(client.jwk(a, "/acme/new-acct", Map.of("onlyReturnExisting", true)).location())
        .isEqualTo(account);
    time.advanceTimeBy(Duration.ofSeconds(2));
    assertThat(client.jwk(b, "/acme/new-acct", Map.of("onlyReturnExisting", true)).location())
        .isEqualTo(account);
  }

  @Test
  void aReplacedKeyDestroysItsSuccessorAtAFrontEndThatIsLate() {
    TestCa ca = ca(1);
    RawClient client = RawClient.instant(ca);
    String account = client.account(a);
    client.keyChange(a, a, b, account);

    assertThat(client.keyChange(a, a, c, account).status()).isEqualTo(200);
    assertThat(ca.truth().account(URI.create(account)).orElseThrow().keyThumbprint())
        .isEqualTo(RawClient.thumbprint(c));
    assertThat(ca.truth().accountWithKey(RawClient.thumbprint(b))).isEmpty();
  }

  @Test
  void aKeyChangeSentAgainIsAnsweredWithTheAccountThatHasTheKey() {
    TestCa ca = ca(1);
    RawClient client = RawClient.instant(ca);
    String account = client.account(a);
    client.keyChange(a, a, b, account);

    RawClient.Reply again = client.keyChange(a, a, b, account);
    assertThat(again.problem()).isEqualTo("409 conflict");
    assertThat(again.location()).isEqualTo(account);

    time.advanceTimeBy(Duration.ofSeconds(5));
    RawClient.Reply byNewKey = client.keyChange(b, b, b, account);
    assertThat(byNewKey.problem()).isEqualTo("400 malformed");
    assertThat(byNewKey.text("detail")).contains("same as the old key");
    assertThat(client.keyChange(a, a, b, account).text("detail"))
        .isEqualTo("Unable to validate JWS :: JWS verification error");
  }

  @Test
  void theKeyOfAnotherAccountIsAConflictThatNamesIt() {
    TestCa ca = ca(3);
    RawClient client = RawClient.instant(ca);
    String account = client.account(a);
    String other = client.account(b);

    RawClient.Reply refused = client.keyChange(a, a, b, account);
    assertThat(refused.problem()).isEqualTo("409 conflict");
    assertThat(refused.location()).isEqualTo(other);
  }

  @Test
  void theInnerJwsMustFitTheOuterOne() {
    TestCa ca = ca(1);
    RawClient client = RawClient.instant(ca);
    String account = client.account(a);

    assertThat(client.keyChange(a, c, b, account).text("detail")).contains("old key");
    assertThat(client.keyChange(a, account, a, b, account + "0").problem())
        .isEqualTo("400 malformed");
    String foreign =
        RawClient.jws(
            b,
            null,
            client.url("/acme/elsewhere"),
            null,
            Map.of("account", account, "oldKey", a.toPublicJWK().toJSONObject()));
    assertThat(
            client
                .kid(a, account, "/acme/key-change", RawClient.JSON.readTree(foreign))
                .text("detail"))
        .contains("does not match inner JWS");
    String withNonce =
        RawClient.jws(
            b,
            null,
            client.url("/acme/key-change"),
            client.freshNonce(),
            Map.of("account", account, "oldKey", a.toPublicJWK().toJSONObject()));
    assertThat(
            client
                .kid(a, account, "/acme/key-change", RawClient.JSON.readTree(withNonce))
                .problem())
        .isEqualTo("400 malformed");
    assertThat(client.kid(a, account, "/acme/key-change", Map.of()).text("detail"))
        .contains("inner JWS");
    assertThat(ca.truth().account(URI.create(account)).orElseThrow().keyThumbprint())
        .isEqualTo(RawClient.thumbprint(a));
  }

  @Test
  void theKindOfKeyMayChange() throws Exception {
    JWK rsa = new RSAKeyGenerator(2048).generate();
    TestCa ca = ca(1);
    RawClient client = RawClient.instant(ca);
    String account = client.account(rsa);
    assertThat(client.keyChange(rsa, rsa, a, account).status()).isEqualTo(200);

    assertThat(client.kid(a, account, account, "").text("detail"))
        .isEqualTo(
            "Unable to validate JWS :: JWS signature header algorithm \"ES256\" does not match"
                + " expected algorithm \"RS256\" for JWK");
    time.advanceTimeBy(Duration.ofSeconds(5));
    assertThat(client.kid(a, account, account, "").status()).isEqualTo(200);
  }
}
