package io.github.certflux.examples.webflux;

import static java.util.Comparator.comparing;

import io.github.certflux.manager.CertificateEvent;
import io.github.certflux.manager.CertificateEvent.Kind;
import io.netty.util.NetUtil;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A certificate that is kept valid, as the dashboard shows it.
 *
 * @param names what it is for, addresses last
 * @param from since when it is valid; absent, as what follows, as long as there is none
 * @param until how long
 * @param serial its serial number, in hexadecimal
 * @param next when it is renewed, or tried again
 * @param renewed how often it was since the start
 * @param problem why the last try failed; absent if it did not
 */
record Kept(
    List<String> names,
    @Nullable Instant from,
    @Nullable Instant until,
    @Nullable String serial,
    @Nullable Instant next,
    int renewed,
    @Nullable String problem) {

  /**
   * The certificate after an event. A problem is one until there is a certificate that has none.
   *
   * @param before what it was; {@code null} before the first event
   */
  static Kept after(CertificateEvent event, @Nullable Kept before) {
    Optional<Kept> old =
        switch (event.kind()) {
          case FOUND, OBTAINED, RENEWED, FAILED -> Optional.empty();
          case MOVED_UP, ENDS_SOON, EXPIRED -> Optional.ofNullable(before);
        };
    int renewed = before == null ? 0 : before.renewed();
    Optional<X509Certificate> leaf = event.certificate().map(held -> held.chain().get(0));
    return new Kept(
        names(event),
        leaf.map(certificate -> certificate.getNotBefore().toInstant()).orElse(null),
        leaf.map(certificate -> certificate.getNotAfter().toInstant()).orElse(null),
        leaf.map(certificate -> certificate.getSerialNumber().toString(16)).orElse(null),
        event.next().or(() -> old.map(Kept::next)).orElse(null),
        event.kind() == Kind.RENEWED ? renewed + 1 : renewed,
        event
            .error()
            .map(error -> String.valueOf(error.getMessage()))
            .or(() -> old.map(Kept::problem))
            .orElse(null));
  }

  /** Addresses last: a card is headed by a name. */
  static List<String> names(CertificateEvent event) {
    return event.names().stream().sorted(comparing(Kept::isAddress)).toList();
  }

  private static boolean isAddress(String name) {
    return NetUtil.createByteArrayFromIpAddressString(name) != null;
  }

  boolean isConcernedBy(CertificateEvent event) {
    return names.equals(names(event));
  }
}
