package io.github.certflux.testca;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import io.github.certflux.protocol.Status;
import java.util.List;

/**
 * Verifies the requests of one front end, in the order that shows: account, algorithm, signature,
 * and only then the nonce. So a request that is refused for its signature did not spend its nonce.
 */
final class JwsVerifier {
  static final String CONTEXT = "Unable to validate JWS";

  /** A verification costs as much as all the rest of a request. */
  private static final int KEYS_TRIED = 8;

  private final Core core;
  private final AccountCache cache;

  JwsVerifier(Core core, AccountCache cache) {
    this.core = core;
    this.cache = cache;
  }

  /** A request that must name its account by {@code kid}. */
  SignedRequest byAccount(Call call) {
    return within(CONTEXT, () -> kid(call, parse(call)));
  }

  /** A request that must carry its key. */
  SignedRequest byKey(Call call) {
    return within(CONTEXT, () -> jwk(call, parse(call)));
  }

  /** A request that may do either. */
  SignedRequest byEither(Call call, String context) {
    return within(
        context,
        () -> {
          Jws jws = parse(call);
          return jws.jwk() == null ? kid(call, jws) : jwk(call, jws);
        });
  }

  private static SignedRequest within(
      String context, java.util.function.Supplier<SignedRequest> verification) {
    try {
      return verification.get();
    } catch (Refusal refusal) {
      throw refusal.within(context);
    }
  }

  private static Jws parse(Call call) {
    String type = call.request.contentType();
    if (type == null || !type.equals("application/jose+json")) {
      throw Refusal.of(
          415,
          "malformed",
          "Invalid Content-Type header on POST. Content-Type must be \"application/jose+json\"");
    }
    if (call.request.body().length == 0) {
      throw Refusal.malformed("No body on POST");
    }
    return Jws.parse(call.request.body());
  }

  private SignedRequest kid(Call call, Jws jws) {
    String kid = jws.kid();
    if (kid == null) {
      throw Refusal.malformed("No Key ID in JWS header");
    }
    long id = accountId(call, kid);
    call.account = id;
    AccountRow account = cache.account(id);
    if (account == null) {
      throw Refusal.of(400, "accountDoesNotExist", "Account \"" + kid + "\" not found");
    }
    if (!account.status().equals(Status.VALID)) {
      throw Refusal.unauthorized("Account is not valid, has status \"" + account.status() + "\"");
    }
    try {
      verify(call, jws, account.key(), account.thumbprint());
    } catch (Refusal refusal) {
      identifySigner(call, jws, account);
      throw refusal;
    }
    return new SignedRequest(jws, account.key(), account);
  }

  private static long accountId(Call call, String kid) {
    String prefix = call.url(Route.ACCOUNT);
    if (kid.startsWith(prefix)) {
      try {
        return Long.parseLong(kid.substring(prefix.length()));
      } catch (NumberFormatException e) {
        // refused below
      }
    }
    throw Refusal.malformed("KeyID header contained an invalid account URL: \"" + kid + "\"");
  }

  private SignedRequest jwk(Call call, Jws jws) {
    JWK key = selfContainedKey(jws);
    verify(call, jws, key, PublicKeys.thumbprint(key));
    return new SignedRequest(jws, key, null);
  }

  /** The key that a JWS carries, if this CA takes such keys. */
  static JWK selfContainedKey(Jws jws) {
    JWK key = jws.jwk();
    if (key == null) {
      throw Refusal.malformed("No embedded JWK in JWS header");
    }
    String weakness = PublicKeys.weakness(key);
    if (!weakness.isEmpty()) {
      throw Refusal.of(400, "badPublicKey", "invalid request signing key: " + weakness);
    }
    return key;
  }

  private void verify(Call call, Jws jws, JWK key, String thumbprint) {
    verifySignature(jws, key);
    call.thumbprint = thumbprint;
    redeemNonce(call, jws);
    if (jws.url() == null) {
      throw Refusal.malformed("JWS header parameter 'url' required");
    }
    if (!call.request.url().equals(jws.url())) {
      throw Refusal.malformed(
          "JWS header parameter 'url' incorrect. Expected \""
              + call.request.url()
              + "\" got \""
              + jws.url()
              + "\"");
    }
  }

  /**
   * Checks algorithm and signature, nothing else.
   *
   * @throws Refusal unless both are right
   */
  void verifySignature(Jws jws, JWK key) {
    JWSAlgorithm algorithm = jws.algorithm();
    List<String> accepted = core.settings.algorithms();
    if (!accepted.contains(algorithm.getName())) {
      throw new Refusal(
          CaProblem.of(
                  400,
                  "badSignatureAlgorithm",
                  "JWS signature header contains unsupported algorithm \""
                      + algorithm
                      + "\", expected one of "
                      + accepted)
              .withAlgorithms(accepted));
    }
    JWSAlgorithm expected = PublicKeys.algorithm(key);
    if (!algorithm.equals(expected)) {
      throw Refusal.malformed(
          "JWS signature header algorithm \""
              + algorithm
              + "\" does not match expected algorithm \""
              + expected
              + "\" for JWK");
    }
    if (!core.settings
        .signatureCheck()
        .verifies(algorithm, key, jws.signingInput(), jws.signature())) {
      throw Refusal.malformed("JWS verification error");
    }
  }

  private void redeemNonce(Call call, Jws jws) {
    String nonce = jws.nonce();
    if (nonce == null) {
      throw Refusal.of(400, "badNonce", "JWS has no anti-replay nonce");
    }
    if (!core.nonces(call.front).redeem(nonce) || call.nonceRefused) {
      throw Refusal.of(400, "badNonce", "JWS has an expired anti-replay nonce: \"" + nonce + "\"");
    }
  }

  /** For the record: which of the account's last keys signed what was refused. */
  private void identifySigner(Call call, Jws jws, AccountRow account) {
    if (call.thumbprint != null || core.settings.remembered() == 0) {
      return;
    }
    List<JWK> keys = core.accounts.keys(account.id());
    for (JWK key : keys.subList(0, Math.min(keys.size(), KEYS_TRIED))) {
      if (!key.equals(account.key())
          && PublicKeys.algorithm(key).equals(jws.algorithm())
          && core.settings
              .signatureCheck()
              .verifies(jws.algorithm(), key, jws.signingInput(), jws.signature())) {
        call.thumbprint = PublicKeys.thumbprint(key);
        return;
      }
    }
  }
}
