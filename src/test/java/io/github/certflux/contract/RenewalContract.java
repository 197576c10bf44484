package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.name;
import static io.github.certflux.contract.ServerUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeAccount;
import io.github.certflux.AcmeOrder;
import io.github.certflux.Certificate;
import io.github.certflux.OrderRequest;
import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.RenewalInfo;
import io.github.certflux.protocol.RevocationReason;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Renewal information (RFC 9773), on every server. */
interface RenewalContract extends ServerUnderTest {

  private static CertificateId id(Certificate certificate) {
    return CertificateId.of(certificate.chain().get(0));
  }

  /** A certificate that this CA never issued. */
  private static CertificateId unknown(Certificate certificate) {
    String issuer = id(certificate).value().replaceFirst("\\..*", "");
    byte[] serial = new byte[18];
    new Random(9).nextBytes(serial);
    serial[0] &= 0x7f;
    return new CertificateId(
        issuer + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(serial));
  }

  @Test
  default void theServerSaysWhenACertificateShouldBeRenewed() {
    Node node = open();
    Certificate certificate = await(account(node).issue(OrderRequest.of(name("window"))));

    RenewalInfo info = await(node.client.renewalInfo(id(certificate)));

    Instant expires = certificate.notAfter();
    assertThat(info.windowStart()).isAfter(Instant.now()).isBefore(info.windowEnd());
    assertThat(info.windowEnd()).isBefore(expires);
    assertThat(info.checkAgain()).isBetween(Duration.ofMinutes(1), Duration.ofDays(1));
    assertThat(info.renewalTime(new Random(1))).isBetween(info.windowStart(), info.windowEnd());
  }

  @Test
  default void aRevokedCertificateShouldBeRenewedAtOnce() {
    Node node = open();
    AcmeAccount account = account(node);
    Certificate certificate = await(account.issue(OrderRequest.of(name("window-revoked"))));
    account.revoke(certificate, RevocationReason.SUPERSEDED).block(PATIENCE);

    RenewalInfo info = await(node.client.renewalInfo(id(certificate)));

    assertThat(info.windowEnd()).isBefore(Instant.now());
  }

  @Test
  default void aCertificateThatTheServerNeverIssuedHasNoWindow() {
    Node node = open();
    Certificate certificate = await(account(node).issue(OrderRequest.of(name("no-window"))));

    assertThat(problem(node.client.renewalInfo(unknown(certificate))).status()).isEqualTo(404);
  }

  @Test
  default void aRenewalSaysWhatItReplacesAndASecondOneIsOrderedWithout() {
    AcmeAccount account = account(open());
    OrderRequest request = OrderRequest.of(name("renewed"));
    CertificateId first = id(await(account.issue(request)));
    OrderRequest renewal = request.withReplaces(first);

    AcmeOrder order = await(account.order(renewal));
    assertThat(order.state().replaces()).contains(first.value());
    Certificate second =
        await(order.authorize().flatMap(ready -> ready.finalizeWith(renewal.csr())));
    assertThat(Pki.names(second)).containsExactly(name("renewed"));

    AcmeOrder again = await(account.order(renewal));
    if (knowsReplacements()) {
      assertThat(again.state().replaces()).isEmpty();
    }
  }

  @Test
  default void whatCanNotBeReplacedIsOrderedAllTheSame() {
    OrderRequest request = OrderRequest.of(name("irreplaceable"));
    Certificate theirs = await(account(open()).issue(request));
    Node node = open();
    AcmeAccount account = account(node);

    AcmeOrder unknown = await(account.order(request.withReplaces(unknown(theirs))));
    AcmeOrder elsewhere =
        await(
            account.order(
                request.withReplaces(new CertificateId("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"))));
    AcmeOrder another = await(account.order(request.withReplaces(id(theirs))));

    assertThat(unknown.state().replaces()).isEmpty();
    assertThat(elsewhere.state().replaces()).isEmpty();
    assertThat(another.state().replaces()).isEmpty();
  }
}
