package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.complete;
import static io.github.certflux.contract.ServerUnderTest.key;
import static io.github.certflux.contract.ServerUnderTest.name;
import static io.github.certflux.contract.ServerUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeOrder;
import io.github.certflux.Certificate;
import io.github.certflux.CsrSource;
import io.github.certflux.IssueResult;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RevocationReason;
import io.github.certflux.protocol.Status;
import java.security.KeyPair;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Certificates (RFC 8555 §7.4, §7.6), on every server. */
interface CertificateContract extends ServerUnderTest {

  @Test
  default void everyTypeOfKeyGetsACertificateThatItsRootVerifies() {
    AcmeAccount account = account(open());
    KeyPair mine = key(KeyType.EC_P256);
    Map<String, CsrSource> sources =
        Map.of(
            name("p256"), CsrSource.newKey(KeyType.EC_P256),
            name("p384"), CsrSource.newKey(KeyType.EC_P384),
            name("rsa2048"), CsrSource.newKey(KeyType.RSA_2048),
            name("rsa4096"), CsrSource.newKey(KeyType.RSA_4096),
            name("own-key"), CsrSource.key(mine),
            name("own-csr"), CsrSource.csr(Pki.csr(mine, name("own-csr"))));
    List<OrderRequest> requests =
        sources.entrySet().stream()
            .map(entry -> OrderRequest.of(entry.getKey()).withCsr(entry.getValue()))
            .toList();

    List<IssueResult> results =
        account.issueAll(Flux.fromIterable(requests), 6).collectList().block(PATIENCE);

    assertThat(results).hasSize(6).allSatisfy(r -> assertThat(r.error()).isEmpty());
    for (IssueResult result : results) {
      Certificate certificate = result.certificate().orElseThrow();
      String name = result.request().identifiers().get(0).value();
      assertThat(Pki.names(certificate)).containsExactly(name);
      Pki.verify(certificate, server().root());
      if (name.equals(name("own-csr"))) {
        assertThat(certificate.key()).isEmpty();
        assertThat(certificate.chain().get(0).getPublicKey()).isEqualTo(mine.getPublic());
      } else {
        assertThat(certificate.key().orElseThrow().getPublic())
            .isEqualTo(certificate.chain().get(0).getPublicKey());
      }
    }
  }

  @Test
  default void openSslVerifiesACertificateWithTheServersRoot() {
    assumeTrue(Programs.onPath("openssl").isPresent(), "no openssl on the path");
    AcmeAccount account = account(open());

    Certificate certificate = await(account.issue(OrderRequest.of(name("openssl"))));

    assertThat(Pki.openSslVerify(certificate, server().root())).contains("leaf.pem: OK");
  }

  @Test
  default void theServersRetryAfterIsObeyed() {
    Node node = open();
    AcmeAccount account = account(node);
    AcmeOrder ready =
        await(account.order(OrderRequest.of(name("patient"))).flatMap(AcmeOrder::authorize));
    long reads = node.seen.count(AcmeOperation.ORDER);
    long began = System.nanoTime();

    await(ready.finalizeWith(CsrSource.newKey(KeyType.EC_P256)));

    assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(leastRetryAfter().toNanos());
    assertThat(node.seen.count(AcmeOperation.FINALIZE)).isEqualTo(1);
    assertThat(node.seen.count(AcmeOperation.ORDER) - reads).isLessThanOrEqualTo(2);
    assertThat(ready.state().status()).isNotEqualTo(Status.INVALID);
  }

  @Test
  default void aCertificateIsRevokedByTheAccountThatHasItAndByNoOther() {
    AcmeAccount account = account(open());
    AcmeAccount stranger = account(open());
    Certificate certificate = await(account.issue(OrderRequest.of(name("revoked"))));

    if (checksWhoRevokes()) {
      AcmeProblemException refused =
          problem(stranger.revoke(certificate, RevocationReason.UNSPECIFIED));
      assertThat(refused.problem().name()).isEqualTo("unauthorized");
    }
    revoked(certificate).ifPresent(revoked -> assertThat(revoked).isFalse());

    complete(account.revoke(certificate, RevocationReason.CESSATION_OF_OPERATION));
    complete(account.revoke(certificate, RevocationReason.CESSATION_OF_OPERATION));

    revoked(certificate).ifPresent(revoked -> assertThat(revoked).isTrue());
  }
}
