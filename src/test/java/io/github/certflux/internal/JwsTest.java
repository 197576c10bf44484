package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObjectJSON;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import io.github.certflux.protocol.KeyFormatException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class JwsTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final JcaCrypto CRYPTO = JcaCrypto.create();
  private static final URI URL = URI.create("https://ca.example/acme/new-order");
  private static final String KID = "https://ca.example/acme/acct/1";
  private static final AccountKey P256 = AccountKey.of(RfcKeys.p256(), CRYPTO);
  private static final AccountKey RSA = AccountKey.of(RfcKeys.rsa(), CRYPTO);
  private static final byte[] PAYLOAD = "{\"a\":\"ü\"}".getBytes(StandardCharsets.UTF_8);

  @AfterAll
  static void close() {
    CRYPTO.disposeLater().block(LONG);
  }

  @Test
  void namesTheAccountTheNonceAndTheUrl() throws Exception {
    JWSObjectJSON jws = parse(Jws.sign(P256, KID, "n0-_", URL, PAYLOAD));

    assertThat(header(jws))
        .isEqualTo(Map.of("alg", "ES256", "kid", KID, "nonce", "n0-_", "url", URL.toString()));
    assertThat(jws.getPayload().toBytes()).isEqualTo(PAYLOAD);
    assertThat(jws.getSignatures().get(0).verify(verifier(P256.jwk()))).isTrue();
  }

  @Test
  void carriesTheKeyWhereThereIsNoAccountYet() throws Exception {
    JWSObjectJSON jws = parse(Jws.sign(RSA, null, "n", URL, PAYLOAD));

    assertThat(header(jws).keySet()).containsExactlyInAnyOrder("alg", "jwk", "nonce", "url");
    assertThat(header(jws)).containsEntry("jwk", RSA.jwk().toJSONObject());
    assertThat(jws.getSignatures().get(0).verify(verifier(RSA.jwk()))).isTrue();
  }

  @Test
  void signsInsideAThreadThatMayNotBlock() throws Exception {
    Mono<byte[]> signed = Jws.sign(P256, KID, "n", URL, PAYLOAD).subscribeOn(Schedulers.parallel());

    assertThat(parse(signed).getSignatures().get(0).verify(verifier(P256.jwk()))).isTrue();
  }

  @Test
  void postAsGetHasAnEmptyPayload() {
    String json = text(Jws.sign(P256, KID, "n", URL, Jws.POST_AS_GET));

    assertThat(json).contains("\"payload\":\"\"");
  }

  @Test
  void escapesWhatAServerPutsIntoUrlsAndNonces() throws Exception {
    String kid = "https://ca.example/\"a\\b\u0001\u2028ü\ud83d\ude00";

    JWSObjectJSON jws = parse(Jws.sign(P256, kid, "\"},{\"", URL, PAYLOAD));

    assertThat(header(jws)).containsEntry("kid", kid).containsEntry("nonce", "\"},{\"");
    assertThat(jws.getSignatures().get(0).verify(verifier(P256.jwk()))).isTrue();
  }

  @Test
  void signsByTheAlgorithmThatTheServerListed() throws Exception {
    AccountKey other = RSA.withAlgorithm(List.of("ES256", "unheard-of", "PS384")).orElseThrow();

    JWSObjectJSON jws = parse(Jws.sign(other, KID, "n", URL, PAYLOAD));

    assertThat(header(jws)).containsEntry("alg", "PS384");
    assertThat(jws.getSignatures().get(0).verify(verifier(RSA.jwk()))).isTrue();
    assertThat(other).isEqualTo(RSA);
    assertThat(RSA.withAlgorithm(List.of("ES256", "EdDSA"))).isEmpty();
  }

  @Test
  void aKeyChangeHoldsTheNewKeysConsent() throws Exception {
    JWSObjectJSON inner = parse(Jws.keyChange(RSA, P256, KID, URL));

    assertThat(header(inner))
        .isEqualTo(Map.of("alg", "ES256", "jwk", P256.jwk().toJSONObject(), "url", URL.toString()));
    assertThat(inner.getPayload().toJSONObject())
        .isEqualTo(Map.of("account", KID, "oldKey", RSA.jwk().toJSONObject()));
    assertThat(inner.getSignatures().get(0).verify(verifier(P256.jwk()))).isTrue();
  }

  @Test
  void anExternalAccountBindingIsTheMacOfTheKey() throws Exception {
    byte[] mac = new byte[64];
    for (JWSAlgorithm algorithm :
        List.of(JWSAlgorithm.HS256, JWSAlgorithm.HS384, JWSAlgorithm.HS512)) {
      JWSObjectJSON jws =
          parse(Mono.just(Jws.externalAccountBinding("kid-1", mac, algorithm, P256, URL)));

      assertThat(header(jws))
          .isEqualTo(Map.of("alg", algorithm.getName(), "kid", "kid-1", "url", URL.toString()));
      assertThat(jws.getPayload().toJSONObject()).isEqualTo(P256.jwk().toJSONObject());
      assertThat(jws.getSignatures().get(0).verify(new MACVerifier(mac))).isTrue();
    }
  }

  @Test
  void aShortMacKeyIsSaidSo() {
    assertThatThrownBy(
            () -> Jws.externalAccountBinding("kid", new byte[16], JWSAlgorithm.HS256, P256, URL))
        .isInstanceOf(KeyFormatException.class)
        .hasMessageContaining("16 bytes")
        .hasMessageContaining("HS256");
  }

  @Test
  void theThumbprintIsTheRfcs() throws Exception {
    RSAKey jwk = RSAKey.parse(RfcKeys.RFC_7638);
    KeyPair pair = new KeyPair(jwk.toPublicKey(), RfcKeys.rsa().getPrivate());

    AccountKey key = AccountKey.of(pair, CRYPTO);

    assertThat(key.thumbprint()).isEqualTo("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assertThat(key.keyAuthorization("token"))
        .isEqualTo("token.NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assertThat(key).hasToString("AccountKey[RSA_2048 " + key.thumbprint() + "]");
  }

  @Test
  void keysAreEqualByTheirPublicKey() {
    assertThat(AccountKey.of(RfcKeys.p256(), CRYPTO)).isEqualTo(P256).hasSameHashCodeAs(P256);
    assertThat(P256).isNotEqualTo(RSA);
  }

  private static com.nimbusds.jose.JWSVerifier verifier(JWK key) throws Exception {
    return key instanceof ECKey ec ? new ECDSAVerifier(ec) : new RSASSAVerifier((RSAKey) key);
  }

  /** By Nimbus, which did not write it. */
  private static JWSObjectJSON parse(Mono<byte[]> signed) throws Exception {
    return JWSObjectJSON.parse(text(signed));
  }

  private static Map<String, Object> header(JWSObjectJSON jws) {
    return jws.getSignatures().get(0).getHeader().toJSONObject();
  }

  private static String text(Mono<byte[]> signed) {
    return new String(signed.block(LONG), StandardCharsets.UTF_8);
  }
}
