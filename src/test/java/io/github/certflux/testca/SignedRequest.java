package io.github.certflux.testca;

import com.nimbusds.jose.jwk.JWK;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request whose signature, nonce and URL were right.
 *
 * @param jws as it came
 * @param key the key that verified it
 * @param account the account as the front end knows it; null when the request carries its key
 */
record SignedRequest(Jws jws, JWK key, @Nullable AccountRow account) {

  /** The account of a request that was verified by {@code kid}. */
  AccountRow requiredAccount() {
    if (account == null) {
      throw new IllegalStateException("signed by jwk");
    }
    return account;
  }

  /** Whether it only asks to read (RFC 8555 §6.3). */
  boolean isPostAsGet() {
    return jws.payload().length == 0;
  }

  /**
   * Refuses a payload.
   *
   * @throws Refusal when there is one
   */
  void requirePostAsGet() {
    if (!isPostAsGet()) {
      throw Refusal.malformed("POST-as-GET requests must have an empty payload");
    }
  }

  /**
   * The payload.
   *
   * @throws Refusal when it is not a JSON object
   */
  ObjectNode payload() {
    return Json.parse(jws.payload(), "Request payload did not parse as JSON");
  }
}
