package io.github.certflux.testca;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JWS in flattened JSON serialization as ACME has it (RFC 8555 §6.2), taken apart and not
 * verified.
 *
 * @param header the protected header
 * @param payload decoded
 * @param signingInput what was signed
 * @param signature decoded
 */
record Jws(JWSHeader header, byte[] payload, byte[] signingInput, byte[] signature) {

  /**
   * Takes a JWS apart.
   *
   * @throws Refusal when it is not one
   */
  static Jws parse(byte[] body) {
    ObjectNode root = Json.parse(body, "Parse error reading JWS");
    if (root.has("header")) {
      throw Refusal.malformed(
          "JWS \"header\" field not allowed. All headers must be in \"protected\" field");
    }
    if (root.has("signatures")) {
      throw Refusal.malformed(
          "JWS \"signatures\" field not allowed. Only the \"signature\" field should contain a"
              + " signature");
    }
    String protectedHeader = Json.string(root, "protected");
    String payload = Json.string(root, "payload");
    byte[] signature = decode(Json.string(root, "signature"));
    if (protectedHeader.isEmpty() || !root.has("payload") || signature.length == 0) {
      throw Refusal.malformed("Parse error reading JWS");
    }
    decode(protectedHeader);
    return new Jws(
        parseHeader(protectedHeader),
        decode(payload),
        (protectedHeader + "." + payload).getBytes(StandardCharsets.US_ASCII),
        signature);
  }

  private static JWSHeader parseHeader(String text) {
    JWSHeader header;
    try {
      header = JWSHeader.parse(new Base64URL(text));
    } catch (ParseException | RuntimeException e) {
      throw Refusal.malformed("Parse error reading JWS");
    }
    if (header.getCriticalParams() != null) {
      throw Refusal.malformed("JWS header parameter \"crit\" is not supported");
    }
    if (header.getJWK() != null && header.getKeyID() != null) {
      throw Refusal.malformed("jwk and kid header fields are mutually exclusive");
    }
    return header;
  }

  /** Base64url without padding, and nothing else (RFC 7515 §2). */
  static byte[] decode(String text) {
    try {
      if (text.indexOf('=') < 0) {
        return Base64.getUrlDecoder().decode(text);
      }
    } catch (IllegalArgumentException e) {
      // refused below
    }
    throw Refusal.malformed("Parse error reading JWS");
  }

  JWSAlgorithm algorithm() {
    return header.getAlgorithm();
  }

  @Nullable String kid() {
    return header.getKeyID();
  }

  @Nullable JWK jwk() {
    return header.getJWK();
  }

  @Nullable String nonce() {
    return header.getCustomParam("nonce") instanceof String nonce ? nonce : null;
  }

  @Nullable String url() {
    return header.getCustomParam("url") instanceof String url ? url : null;
  }
}
