package io.github.certflux.manager;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RenewalInfo;
import java.net.URI;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * A CA by its client, with the account that orders there.
 *
 * @param client stays the user's to close
 * @param request finds the account or creates it
 */
record AcmeAuthority(AcmeClient client, AccountRequest request) implements Authority {

  @Override
  public URI directory() {
    return client.directoryUrl();
  }

  @Override
  public <T> Mono<T> issue(OrderRequest order, Function<Issued, Mono<T>> keep) {
    return account().flatMap(account -> account.issue(order, done -> keep.apply(issued(done))));
  }

  private static Issued issued(Certificate certificate) {
    return new Issued(
        certificate.chain(),
        certificate
            .key()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "a certificate is kept with its key, so it can't be ordered with a"
                            + " ready-made CSR")));
  }

  @Override
  public Mono<RenewalInfo> renewalInfo(CertificateId certificate) {
    return client.renewalInfo(certificate);
  }

  @Override
  public Duration leaseTerm() {
    return client.leaseTerm();
  }

  @Override
  public Mono<Void> rollOver(KeyType type) {
    return account().flatMap(account -> account.rollOver(type)).then();
  }

  private Mono<AcmeAccount> account() {
    return client.account(request);
  }
}
