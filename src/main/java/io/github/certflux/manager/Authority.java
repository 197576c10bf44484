package io.github.certflux.manager;

import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RenewalInfo;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
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

  /**
   * Orders a certificate and brings the order to its end. Where that was cut off, also after the
   * certificate was issued and before it was kept, the same request takes it up again.
   *
   * @param keep stores it; empty or not, what it signals is signalled
   */
  <T> Mono<T> issue(OrderRequest request, Function<Issued, Mono<T>> keep);

  /** When it would have a certificate renewed. */
  Mono<RenewalInfo> renewalInfo(CertificateId certificate);

  /** How long the lease of an order that is under way lasts when its node is gone. */
  Duration leaseTerm();

  /** Gives the account a new key. */
  Mono<Void> rollOver(KeyType type);
}
