package io.github.certflux.testca;

import io.github.certflux.protocol.Identifier;
import java.util.List;

/** Checks what an order says to replace (RFC 9773 §5). */
final class Replacements {
  private final Core core;

  Replacements(Core core) {
    this.core = core;
  }

  void check(long account, List<Identifier> identifiers, String replaces) {
    if (replaces.isEmpty()) {
      return;
    }
    IssuedCertificate certificate = RenewalInfo.byId(core, replaces);
    if (certificate.account() != account) {
      throw Refusal.unauthorized(
          "requester account did not request the certificate being replaced by this order");
    }
    if (identifiers.stream().noneMatch(certificate.identifiers()::contains)) {
      throw Refusal.malformed(
          "identifiers in this order do not match any identifiers in the certificate being"
              + " replaced");
    }
    if (core.orders.isReplaced(replaces)) {
      throw Refusal.of(
          409,
          "alreadyReplaced",
          "cannot replace the certificate with serial "
              + certificate.serial()
              + ", which already has a replacement order");
    }
  }
}
