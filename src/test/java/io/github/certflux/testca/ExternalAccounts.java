package io.github.certflux.testca;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * External account bindings (RFC 8555 §7.3.4), in the order in which Pebble checks them. Each key
 * identifier binds one account, as Google's do.
 */
final class ExternalAccounts {
  private static final List<JWSAlgorithm> ALGORITHMS =
      List.of(JWSAlgorithm.HS256, JWSAlgorithm.HS384, JWSAlgorithm.HS512);

  private final Map<String, String> keys;
  private final Set<String> used = new HashSet<>();

  /**
   * The accounts that may be bound to.
   *
   * @param keys the MAC keys in base64url, by key identifier; none when no binding is needed
   */
  ExternalAccounts(Map<String, String> keys) {
    this.keys = keys;
  }

  boolean required() {
    return !keys.isEmpty();
  }

  /**
   * Binds a new account.
   *
   * @param payload of the newAccount
   * @param key that signed it
   * @param url where it came
   * @throws Refusal unless no binding is needed, or this one is right and new
   */
  synchronized void bind(ObjectNode payload, JWK key, String url) {
    if (!required()) {
      return;
    }
    if (!(payload.get("externalAccountBinding") instanceof ObjectNode binding)) {
      throw Refusal.of(
          403, "externalAccountRequired", "newAccount needs an \"externalAccountBinding\" here");
    }
    Jws jws = Jws.parse(Json.bytes(binding));
    String kid = jws.kid();
    if (!ALGORITHMS.contains(jws.algorithm()) || kid == null || jws.nonce() != null) {
      throw Refusal.malformed("external account binding with a wrong header");
    }
    if (!url.equals(jws.url())) {
      throw Refusal.malformed("the 'url' of the external account binding is another");
    }
    String mac = keys.get(kid);
    if (mac == null) {
      throw Refusal.unauthorized("the external account's key identifier is not known");
    }
    if (!verifies(jws, mac)) {
      throw Refusal.unauthorized("external account binding verification error");
    }
    if (!isOf(jws, key)) {
      throw Refusal.of(400, "badPublicKey", "the external account binding is for another key");
    }
    if (!used.add(kid)) {
      throw Refusal.unauthorized("the external account's key identifier was used already");
    }
  }

  private static boolean verifies(Jws jws, String mac) {
    try {
      return new MACVerifier(Jws.decode(mac))
          .verify(jws.header(), jws.signingInput(), Base64URL.encode(jws.signature()));
    } catch (JOSEException e) {
      return false;
    }
  }

  private static boolean isOf(Jws jws, JWK key) {
    try {
      JWK bound = JWK.parse(new String(jws.payload(), StandardCharsets.UTF_8));
      return PublicKeys.thumbprint(bound).equals(PublicKeys.thumbprint(key));
    } catch (ParseException e) {
      return false;
    }
  }
}
