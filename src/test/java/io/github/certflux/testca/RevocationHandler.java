package io.github.certflux.testca;

import java.io.IOException;
import java.util.Set;
import org.bouncycastle.cert.X509CertificateHolder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** revokeCert (RFC 8555 §7.6), by an account or by the certificate's key. */
final class RevocationHandler {
  static final String CONTEXT = "Unable to revoke";

  /** unspecified, keyCompromise, superseded and cessationOfOperation: those that Boulder takes. */
  private static final Set<Integer> REASONS = Set.of(0, 1, 4, 5);

  private final Core core;

  RevocationHandler(Core core) {
    this.core = core;
  }

  Answer revoke(Call call, SignedRequest signed) {
    try {
      revoke(signed);
      return Answer.empty(200);
    } catch (Refusal refusal) {
      throw refusal.within(CONTEXT);
    }
  }

  private void revoke(SignedRequest signed) {
    ObjectNode payload = signed.payload();
    IssuedCertificate certificate = certificate(Json.string(payload, "certificate"));
    checkReason(payload.get("reason"));
    AccountRow account = signed.account();
    if (account == null) {
      if (!PublicKeys.thumbprint(signed.key()).equals(certificate.keyThumbprint())) {
        throw Refusal.unauthorized(
            "JWK embedded in revocation request must be the same public key as the cert to be"
                + " revoked");
      }
    } else if (certificate.account() != account.id()
        && !core.orders.controls(account.id(), certificate.identifiers())) {
      throw Refusal.unauthorized(
          "requester does not control all identifiers in cert with serial \""
              + certificate.serial()
              + "\"");
    }
    if (!core.certificates.revoke(certificate.serial())) {
      throw Refusal.of(
          400,
          "alreadyRevoked",
          "certificate with serial \"" + certificate.serial() + "\" already revoked");
    }
  }

  private IssuedCertificate certificate(String der) {
    X509CertificateHolder holder;
    try {
      holder = new X509CertificateHolder(Jws.decode(der));
    } catch (IOException | RuntimeException e) {
      throw Refusal.malformed("Unable to parse certificate DER");
    }
    IssuedCertificate certificate = core.certificates.latest(holder.getSerialNumber().toString(16));
    if (certificate == null) {
      throw Refusal.notFound("No such certificate");
    }
    return certificate;
  }

  private static void checkReason(JsonNode reason) {
    if (reason != null && !(reason.isInt() && REASONS.contains(reason.intValue()))) {
      throw Refusal.of(400, "badRevocationReason", "disallowed revocation reason: " + reason);
    }
  }
}
