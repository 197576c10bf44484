package io.github.certflux.spring;

import io.github.certflux.OrderRequest;
import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.CertificateManager;
import io.github.certflux.manager.ManagedCertificate;
import io.github.certflux.protocol.Identifier;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How the certificates stand, for whoever looks. */
final class CertificateStates {
  private final CertificateKeeping keeping;
  private final CertificateManager manager;

  CertificateStates(CertificateKeeping keeping, CertificateManager manager) {
    this.keeping = keeping;
    this.manager = manager;
  }

  /**
   * One certificate.
   *
   * @param names what it is for
   * @param certificate the current one; empty as long as there is none
   * @param nextTry when it is renewed, or tried again
   * @param error what went wrong last, unless something went well since
   */
  record State(
      List<String> names,
      Optional<ManagedCertificate> certificate,
      Optional<Instant> nextTry,
      Optional<String> error) {}

  List<State> all() {
    return names().stream().map(this::of).toList();
  }

  /** What is kept: the names of each certificate. */
  List<List<String>> names() {
    return keeping.certificates().stream().map(CertificateStates::names).toList();
  }

  /** What a certificate is called in short: its first name, unless another begins with that. */
  String label(List<String> names) {
    String first = names.get(0);
    return names().stream().filter(each -> each.get(0).equals(first)).count() > 1
        ? String.join(",", names)
        : first;
  }

  static List<String> names(OrderRequest request) {
    return request.identifiers().stream().map(Identifier::value).toList();
  }

  State of(List<String> names) {
    Optional<CertificateEvent> latest = keeping.latest(names);
    Optional<CertificateEvent> failed = keeping.failed(names);
    return new State(
        names,
        latest.flatMap(CertificateEvent::certificate).or(() -> manager.certificate(names.get(0))),
        latest.flatMap(CertificateEvent::next).or(() -> failed.flatMap(CertificateEvent::next)),
        failed.flatMap(CertificateEvent::error).map(Throwable::getMessage));
  }
}
