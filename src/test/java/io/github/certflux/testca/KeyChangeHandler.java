package io.github.certflux.testca;

import com.nimbusds.jose.jwk.JWK;
import java.text.ParseException;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * key-change (RFC 8555 §7.3.5). The account's key is what this front end believes it to be, and the
 * update has no condition on it: at a front end that is late, a replaced key replaces its
 * successor.
 */
final class KeyChangeHandler {
  private final Core core;
  private final JwsVerifier verifier;
  private final AccountHandler accounts;

  KeyChangeHandler(Core core, JwsVerifier verifier, AccountHandler accounts) {
    this.core = core;
    this.verifier = verifier;
    this.accounts = accounts;
  }

  Answer change(Call call, SignedRequest outer) {
    AccountRow known = outer.requiredAccount();
    Jws inner;
    try {
      inner = Jws.parse(outer.jws().payload());
    } catch (Refusal refusal) {
      throw Refusal.malformed("Parse error reading inner JWS");
    }
    JWK newKey = JwsVerifier.selfContainedKey(inner);
    try {
      verifier.verifySignature(inner, newKey);
    } catch (Refusal refusal) {
      throw refusal.problem().type().equals("malformed")
          ? Refusal.malformed("Inner JWS does not verify with embedded JWK")
          : refusal;
    }
    checkInner(call, outer, inner);
    String thumbprint = PublicKeys.thumbprint(newKey);
    if (thumbprint.equals(known.thumbprint())) {
      throw Refusal.malformed("New key specified by rollover request is the same as the old key");
    }
    AccountRow holder = core.accounts.seenByKey(thumbprint);
    if (holder != null) {
      throw inUse(call, holder);
    }
    Optional<AccountRow> changed = core.accounts.replaceKey(known.id(), newKey);
    if (changed.isEmpty()) {
      AccountRow other = core.accounts.seenByKey(thumbprint);
      if (other == null) {
        throw Refusal.notFound("looking up account by new key :: no account with that key");
      }
      throw inUse(call, other);
    }
    return Answer.json(200, accounts.json(call, changed.get()))
        .location(call.accountUrl(known.id()));
  }

  private void checkInner(Call call, SignedRequest outer, Jws inner) {
    if (inner.nonce() != null) {
      throw Refusal.malformed("Inner JWS must not have a nonce");
    }
    if (inner.url() == null || !inner.url().equals(outer.jws().url())) {
      throw Refusal.malformed(
          "Outer JWS 'url' value \""
              + outer.jws().url()
              + "\" does not match inner JWS 'url' value \""
              + inner.url()
              + "\"");
    }
    ObjectNode payload =
        Json.parse(inner.payload(), "Inner JWS payload did not parse as JSON key rollover object");
    AccountRow known = outer.requiredAccount();
    if (!thumbprint(payload.get("oldKey")).equals(known.thumbprint())) {
      throw Refusal.malformed(
          "Inner JWS does not contain old key field matching current account key");
    }
    String account = Json.string(payload, "account");
    if (!account.equals(call.accountUrl(known.id()))) {
      throw Refusal.malformed(
          "Inner key rollover request specified Account \""
              + account
              + "\", but outer JWS has Key ID \""
              + outer.jws().kid()
              + "\"");
    }
  }

  private static String thumbprint(JsonNode oldKey) {
    try {
      return oldKey == null ? "" : PublicKeys.thumbprint(JWK.parse(oldKey.toString()));
    } catch (ParseException | RuntimeException e) {
      return "";
    }
  }

  private static Refusal inUse(Call call, AccountRow holder) {
    return new Refusal(
        CaProblem.of(409, "conflict", "New key is already in use for a different account"),
        new Header("Location", call.accountUrl(holder.id())));
  }
}
