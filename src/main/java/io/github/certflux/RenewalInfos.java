package io.github.certflux;

import io.github.certflux.internal.RetryAfter;
import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeNotOfferedException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.Directory;
import io.github.certflux.protocol.RenewalInfo;
import java.net.URI;
import reactor.core.publisher.Mono;

/**
 * Asks when certificates should be renewed (RFC 9773 §4): a GET that nobody signs.
 *
 * @param parts of the client
 * @param directory its URL
 */
record RenewalInfos(Parts parts, URI directory) {

  Mono<RenewalInfo> of(CertificateId certificate) {
    return parts.directory().map(this::base).flatMap(base -> read(at(base, certificate)));
  }

  private URI base(Directory offered) {
    return offered
        .renewalInfo()
        .orElseThrow(
            () ->
                new AcmeNotOfferedException(
                    new AcmeException.At(AcmeOperation.RENEWAL_INFO, directory, 0),
                    "the directory offers no renewal information"));
  }

  private static URI at(URI base, CertificateId certificate) {
    String text = base.toString();
    return URI.create(text + (text.endsWith("/") ? "" : "/") + certificate);
  }

  private Mono<RenewalInfo> read(URI url) {
    return parts
        .requests()
        .get(
            AcmeOperation.RENEWAL_INFO,
            url,
            answer ->
                parts
                    .resources()
                    .renewalInfo(answer.body(), RetryAfter.of(answer, parts.timing().now())));
  }
}
