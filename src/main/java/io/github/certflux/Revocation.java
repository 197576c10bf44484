package io.github.certflux;

import io.github.certflux.internal.AccountKey;
import io.github.certflux.internal.AccountState;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.Keys;
import io.github.certflux.internal.SignedRequest;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.RevocationReason;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * Revokes a certificate (RFC 8555 §7.6).
 *
 * @param parts of the client
 * @param certificate what is revoked
 * @param reason why
 */
record Revocation(Parts parts, X509Certificate certificate, RevocationReason reason) {

  /** Signed by an account that ordered it, or is authorized for its names. */
  Mono<Void> by(AccountState account) {
    return send(
        url ->
            SignedRequest.of(
                AcmeOperation.REVOKE_CERTIFICATE, url, account, payload(), answer -> true));
  }

  /** Signed by the certificate's own key, without any account. */
  Mono<Void> by(KeyPair key) {
    return parts
        .crypto()
        .heavy(() -> AccountKey.of(Keys.check(ofCertificate(key)), parts.crypto()))
        .flatMap(
            signing ->
                send(
                    url ->
                        SignedRequest.embedding(
                            AcmeOperation.REVOKE_CERTIFICATE,
                            url,
                            signing,
                            Mono.fromSupplier(this::payload),
                            answer -> true)));
  }

  /** By numbers, as the server compares: a provider's encoding may differ. */
  private KeyPair ofCertificate(KeyPair key) {
    if (!Keys.same(key.getPublic(), certificate.getPublicKey())) {
      throw new IllegalArgumentException(
          "the key is not that of the certificate " + certificate.getSerialNumber().toString(16));
    }
    return key;
  }

  private Mono<Void> send(Function<URI, SignedRequest<Boolean>> request) {
    return parts
        .directory()
        .flatMap(directory -> parts.requests().send(request.apply(directory.revokeCert())))
        .onErrorResume(
            AcmeProblemException.class,
            e -> e.problem().is("alreadyRevoked") ? Mono.just(true) : Mono.error(e))
        .then();
  }

  private byte[] payload() {
    return Json.write(Json.object().put("certificate", encoded()).put("reason", reason.code()));
  }

  private String encoded() {
    try {
      return Base64.getUrlEncoder().withoutPadding().encodeToString(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate that can't be encoded", e);
    }
  }
}
