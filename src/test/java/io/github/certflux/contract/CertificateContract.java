package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.complete;
import static io.github.certflux.contract.ServerUnderTest.failure;
import static io.github.certflux.contract.ServerUnderTest.key;
import static io.github.certflux.contract.ServerUnderTest.name;
import static io.github.certflux.contract.ServerUnderTest.problem;
import static io.github.certflux.protocol.KeyType.EC_P384;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeClient;
import io.github.certflux.AcmeOrder;
import io.github.certflux.Certificate;
import io.github.certflux.ChainPreference;
import io.github.certflux.CsrSource;
import io.github.certflux.IssueResult;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.CsrFormatException;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RevocationReason;
import io.github.certflux.protocol.Status;
import java.net.URI;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
            name("rsa3072"), CsrSource.key(RsaKeys.BITS_3072),
            name("rsa4096"), CsrSource.key(RsaKeys.BITS_4096),
            name("own-key"), CsrSource.key(mine),
            name("own-csr"), CsrSource.csr(Pki.csr(mine, name("own-csr"))),
            name("own-pem"), CsrSource.csr(Pki.pem(Pki.csr(mine, name("own-pem")))));
    List<OrderRequest> requests =
        sources.entrySet().stream()
            .map(entry -> OrderRequest.of(entry.getKey()).withCsr(entry.getValue()))
            .toList();

    List<IssueResult> results =
        account.issueAll(Flux.fromIterable(requests), 8).collectList().block(PATIENCE);

    assertThat(results).hasSize(8).allSatisfy(r -> assertThat(r.error()).isEmpty());
    for (IssueResult result : results) {
      Certificate certificate = result.certificate().orElseThrow();
      String name = result.request().identifiers().get(0).value();
      assertThat(Pki.names(certificate)).containsExactly(name);
      Pki.verify(certificate, server().root());
      if (name.equals(name("own-csr")) || name.equals(name("own-pem"))) {
        assertThat(certificate.key()).isEmpty();
        assertThat(certificate.chain().get(0).getPublicKey()).isEqualTo(mine.getPublic());
      } else {
        assertThat(certificate.key().orElseThrow().getPublic())
            .isEqualTo(certificate.chain().get(0).getPublicKey());
      }
    }
  }

  /** RSA keys of these sizes take seconds to make: one of each for all servers. */
  final class RsaKeys {
    static final KeyPair BITS_3072 = key(KeyType.RSA_3072);
    static final KeyPair BITS_4096 = key(KeyType.RSA_4096);

    private RsaKeys() {}
  }

  @Test
  default void aCommonNameAndUsagesMayBeAskedFor() {
    OrderRequest request = OrderRequest.of(name("common"), name("another"));
    CsrSource source =
        CsrSource.newKey(KeyType.EC_P256)
            .withCommonName(name("common"))
            .withExtendedKeyUsage(CsrSource.SERVER_AUTH);

    Certificate certificate = await(account(open()).issue(request.withCsr(source)));

    assertThat(Pki.names(certificate)).containsExactlyInAnyOrder(name("common"), name("another"));
    Pki.verify(certificate, server().root());
  }

  /** Let's Encrypt, which has no OCSP any more, refuses it; the order is not lost by that. */
  @Test
  default void mustStapleIsInTheCertificateOrRefused() {
    AcmeOrder ready =
        await(account(open()).order(OrderRequest.of(name("staple"))).flatMap(AcmeOrder::authorize));
    CsrSource plain = CsrSource.newKey(KeyType.EC_P256);

    if (staples()) {
      Certificate certificate = await(ready.finalizeWith(plain.withMustStaple()));
      assertThat(certificate.chain().get(0).getExtensionValue("1.3.6.1.5.5.7.1.24"))
          .as("a sequence of status_request, as an octet string")
          .containsExactly(4, 5, 0x30, 3, 2, 1, 5);
    } else {
      AcmeProblemException refused = problem(ready.finalizeWith(plain.withMustStaple()));
      assertThat(refused.problem().name()).isEqualTo("unauthorized");
      assertThat(refused.problem().detail().orElseThrow()).contains("must-staple");
      assertThat(Pki.names(await(ready.finalizeWith(plain)))).containsExactly(name("staple"));
    }
  }

  @Test
  default void aCsrForOtherNamesOrdersNothing() {
    Node node = open();
    AcmeAccount account = account(node);
    byte[] csr = Pki.csr(key(KeyType.EC_P256), name("one"), name("two"));
    OrderRequest request = OrderRequest.of(name("one")).withCsr(CsrSource.csr(csr));

    CsrFormatException error = failure(CsrFormatException.class, account.issue(request));

    assertThat(error).hasMessageContaining(name("two")).hasMessageContaining("besides");
    assertThat(node.seen.count(AcmeOperation.NEW_ORDER)).isZero();
  }

  @Test
  default void openSslVerifiesACertificateWithTheServersRoot() {
    assumeTrue(Programs.onPath("openssl").isPresent(), "no openssl on the path");
    AcmeAccount account = account(open());

    Certificate certificate = await(account.issue(OrderRequest.of(name("openssl"))));

    assertThat(Pki.openSslVerify(certificate, server().root())).contains("leaf.pem: OK");
  }

  @Test
  default void aCertificateIsDownloadedOnceMore() {
    AcmeAccount account = account(open());
    Certificate issued = await(account.issue(OrderRequest.of(name("again"))));

    Certificate again = await(account.certificate(issued.url(), ChainPreference.servers()));

    assertThat(again.chain()).isEqualTo(issued.chain());
    assertThat(again.key()).isEmpty();
    assertThat(again.preferred()).isTrue();
    failure(
        IllegalArgumentException.class,
        account.certificate(URI.create("ftp://localhost/cert"), ChainPreference.servers()));
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

  @Test
  default void aCertificateIsRevokedByItsOwnKeyWithoutAnAccount() {
    AcmeClient stranger = open().client;
    Certificate certificate =
        await(account(open()).issue(OrderRequest.of(name("key-revoked")).withKeyType(EC_P384)));
    X509Certificate leaf = certificate.chain().get(0);
    KeyPair its = certificate.key().orElseThrow();

    failure(
        IllegalArgumentException.class,
        stranger.revoke(leaf, key(EC_P384), RevocationReason.KEY_COMPROMISE));
    revoked(certificate).ifPresent(revoked -> assertThat(revoked).isFalse());

    complete(stranger.revoke(leaf, its, RevocationReason.KEY_COMPROMISE));
    complete(stranger.revoke(leaf, its, RevocationReason.KEY_COMPROMISE));

    revoked(certificate).ifPresent(revoked -> assertThat(revoked).isTrue());
  }

  @Test
  default void aReasonThatTheServerDoesNotTakeIsRefusedByName() {
    AcmeAccount account = account(open());
    Certificate certificate = await(account.issue(OrderRequest.of(name("reasons"))));

    for (RevocationReason reason : refusedReasons()) {
      assertThat(problem(account.revoke(certificate, reason)).problem().name())
          .isEqualTo("badRevocationReason");
    }
    revoked(certificate).ifPresent(revoked -> assertThat(revoked).isFalse());
  }

  @Test
  default void everyReasonThatTheServerTakesRevokes() {
    AcmeAccount account = account(open());
    Set<RevocationReason> taken = EnumSet.complementOf(EnumSet.copyOf(refusedReasons()));
    Flux<OrderRequest> orders =
        Flux.fromIterable(taken).map(reason -> OrderRequest.of(name("reason-" + reason.code())));

    List<IssueResult> issued = account.issueAll(orders, 10).collectList().block(PATIENCE);

    Iterator<RevocationReason> reasons = taken.iterator();
    for (IssueResult result : issued) {
      Certificate certificate = result.certificate().orElseThrow();
      complete(account.revoke(certificate, reasons.next()));
      revoked(certificate).ifPresent(revoked -> assertThat(revoked).isTrue());
    }
    assertThat(reasons.hasNext()).isFalse();
  }
}
