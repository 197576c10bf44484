package io.github.certflux.testca;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import tools.jackson.databind.node.ObjectNode;

/** When a certificate should be renewed (RFC 9773 §4). */
final class RenewalInfo {
  private final Core core;

  RenewalInfo(Core core) {
    this.core = core;
  }

  Answer read(Call call) {
    IssuedCertificate certificate = byId(core, call.route.ids().get(0));
    Duration life = Duration.between(certificate.notBefore(), certificate.notAfter());
    Instant ideal = certificate.notAfter().minus(life.dividedBy(3));
    Instant start = ideal.minus(life.dividedBy(90));
    Instant end = ideal.plus(life.dividedBy(90));
    if (certificate.revoked()) {
      start = certificate.notBefore();
      end = start.plusSeconds(1);
    }
    ObjectNode json = Json.object();
    json.putObject("suggestedWindow").put("start", start.toString()).put("end", end.toString());
    if (core.settings.renewalExplanation() != null) {
      json.put("explanationURL", core.settings.renewalExplanation().toString());
    }
    return RetryAfter.add(Answer.json(200, json), Duration.ofHours(6), false, core.clock);
  }

  /**
   * The certificate of an ARI identifier: key identifier and serial, in base64url.
   *
   * @throws Refusal when there is none
   */
  static IssuedCertificate byId(Core core, String id) {
    String[] parts = id.split("\\.", -1);
    if (parts.length != 2) {
      throw Refusal.malformed("path contained a malformed certificate identifier");
    }
    if (!Arrays.equals(Jws.decode(parts[0]), core.issuer().keyIdentifier())) {
      throw Refusal.notFound("path contained an Authority Key Identifier that is not ours");
    }
    byte[] serial = Jws.decode(parts[1]);
    IssuedCertificate certificate =
        serial.length == 0 ? null : core.certificates.latest(new BigInteger(serial).toString(16));
    if (certificate == null) {
      throw Refusal.notFound("Requested certificate was not found");
    }
    return certificate;
  }
}
