package io.github.certflux.manager;

import io.github.certflux.internal.Chains;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.protocol.Identifier;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Certificates from elsewhere, checked before they are stored. */
final class Imports {
  private Imports() {}

  static ManagedCertificate checked(List<X509Certificate> chain, KeyPair key, @Nullable URI ca) {
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("a chain holds a certificate at least");
    }
    List<Identifier> names =
        Chains.names(chain.get(0)).stream()
            .sorted((a, b) -> a.value().compareTo(b.value()))
            .toList();
    if (names.isEmpty()) {
      throw new IllegalArgumentException("the certificate is for no name");
    }
    Chains.mismatch(chain, key.getPublic(), names)
        .ifPresent(
            what -> {
              throw new IllegalArgumentException(NotAcme.printable(what));
            });
    return new ManagedCertificate(names.stream().map(Identifier::value).toList(), chain, key, ca);
  }
}
