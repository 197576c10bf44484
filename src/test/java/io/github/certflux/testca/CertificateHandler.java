package io.github.certflux.testca;

import java.util.List;

/** Downloads of certificates (RFC 8555 §7.4.2). */
final class CertificateHandler {
  private final Core core;

  CertificateHandler(Core core) {
    this.core = core;
  }

  Answer download(Call call, SignedRequest signed) {
    signed.requirePostAsGet();
    List<String> ids = call.route.ids();
    int chain = ids.size() == 1 ? 0 : (int) call.route.number(1);
    IssuedCertificate certificate = core.certificates.seen(ids.get(0));
    if (certificate == null) {
      throw Refusal.notFound("Certificate not found");
    }
    if (certificate.account() != signed.requiredAccount().id()) {
      throw Refusal.unauthorized("Account in use did not issue specified certificate");
    }
    if (chain < 0 || chain >= certificate.chains().size()) {
      throw Refusal.notFound("Unknown issuance chain");
    }
    Answer answer =
        Answer.of(200, "application/pem-certificate-chain", certificate.chains().get(chain));
    for (int i = 0; i < certificate.chains().size(); i++) {
      if (i != chain) {
        answer.link(call.url(Route.CERTIFICATE + certificate.serial() + "/" + i), "alternate");
      }
    }
    return answer;
  }
}
