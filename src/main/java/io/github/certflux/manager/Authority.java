package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RenewalInfo;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;
import reactor.core.publisher.Mono;

/** A CA as the manager sees it: the seam at which time-lapses put a cheap one. */
interface Authority {

  /**
   * What it has issued.
   *
   * @param chain the certificate and its issuers
   * @param key the certificate's
   */
  record Issued(List<X509Certificate> chain, KeyPair key) {}

  /** The directory's URL, by which records name the CA. */
  URI directory();

  /** Orders a certificate and brings the order to its end. */
  Mono<Issued> issue(OrderRequest request);

  /** When it would have a certificate renewed. */
  Mono<RenewalInfo> renewalInfo(CertificateId certificate);

  /** Gives the account a new key. */
  Mono<Void> rollOver(KeyType type);
}
