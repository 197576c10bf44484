package io.github.certflux.testca;

import io.github.certflux.protocol.Status;
import java.time.Duration;
import java.util.Set;

/** finalize (RFC 8555 §7.4): asks for the certificate of an order. */
final class FinalizeHandler {
  private final Core core;
  private final OrderHandler orders;

  FinalizeHandler(Core core, OrderHandler orders) {
    this.core = core;
    this.orders = orders;
  }

  /**
   * Checks the order as a replica shows it, and begins on the primary database. Where the two
   * differ, the order is lost.
   */
  Answer finalizeOrder(Call call, SignedRequest signed) {
    AccountRow account = signed.requiredAccount();
    OrderRow seen = orders.owned(call, account.id());
    if (!seen.status().equals(Status.READY)) {
      throw Refusal.of(
          403,
          "orderNotReady",
          "Order's status (\"" + seen.status() + "\") is not acceptable for finalization");
    }
    Csr csr = csr(signed);
    if (csr.mustStaple()) {
      throw Refusal.unauthorized("OCSP must-staple extension is no longer available");
    }
    if (csr.keyThumbprint().equals(account.thumbprint())) {
      throw Refusal.of(400, "badCSR", "certificate public key must be different than account key");
    }
    if (!csr.identifiers().equals(Set.copyOf(seen.identifiers()))) {
      throw Refusal.unauthorized("CSR does not specify same identifiers as Order");
    }
    OrderRow begun =
        core.orders
            .beginProcessing(seen.id())
            .orElseThrow(() -> Refusal.serverInternal("Error finalizing order"));
    OrderRow shown = begun;
    if (core.settings.asynchronousIssuance()) {
      core.clock.after(core.settings.issuanceDelay(), () -> issue(begun, csr));
    } else {
      issue(begun, csr);
      OrderRow latest = core.orders.latest(begun.id());
      shown = latest == null ? begun : latest;
    }
    return orders.waiting(
        Answer.json(200, orders.json(call, shown)).location(call.orderUrl(shown)), shown);
  }

  private static Csr csr(SignedRequest signed) {
    byte[] der;
    try {
      der = Jws.decode(Json.string(signed.payload(), "csr"));
    } catch (Refusal refusal) {
      throw Refusal.malformed("Error unmarshaling finalize order request");
    }
    return Csr.parse(der);
  }

  private void issue(OrderRow order, Csr csr) {
    CaProblem failure = core.failures.issuance();
    if (failure != null) {
      core.orders.failed(order.id(), failure);
      return;
    }
    Duration lifetime =
        core.settings.profiles().stream()
            .filter(p -> p.name().equals(order.profile()))
            .map(Profile::lifetime)
            .findFirst()
            .orElse(core.settings.certificateLifetime());
    IssuedCertificate certificate = core.issuer().issue(order, csr.key(), lifetime);
    core.certificates.add(certificate);
    core.orders.issued(order.id(), certificate.serial());
  }
}
