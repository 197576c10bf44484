package io.github.certflux.contract;

import static io.github.certflux.contract.ServerUnderTest.account;
import static io.github.certflux.contract.ServerUnderTest.await;
import static io.github.certflux.contract.ServerUnderTest.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AcmeAccount;
import io.github.certflux.Certificate;
import io.github.certflux.ChainPreference;
import io.github.certflux.OrderRequest;
import io.github.certflux.internal.Chains;
import io.github.certflux.protocol.Challenge;
import io.github.certflux.protocol.RevocationReason;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pebble keeps more to the letter of RFC 8555, and refuses one nonce of twenty. */
class PebbleContractTest extends ServerTest
    implements AccountContract,
        RolloverContract,
        OrderContract,
        AuthorizationContract,
        ReuseContract,
        RenewalContract,
        CertificateContract,
        ValidationContract,
        MissionContract {
  private static PebbleServer server;

  @BeforeAll
  static void start() {
    server = PebbleServer.started();
  }

  @Override
  public AcmeServer server() {
    return server;
  }

  /** It knows two that are still drafts. */
  @Override
  public Set<String> challengeTypes() {
    return Set.of(
        Challenge.HTTP_01,
        Challenge.DNS_01,
        Challenge.TLS_ALPN_01,
        Challenge.DNS_ACCOUNT_01,
        Challenge.DNS_PERSIST_01);
  }

  /** It takes {@code notBefore} and {@code notAfter}, though it does not obey them. */
  @Override
  public boolean takesValidityTimes() {
    return true;
  }

  /** It takes times, but no underscore. */
  @Override
  public OrderRequest malformed() {
    return OrderRequest.of(name("under_score"));
  }

  /** It answers 200 with an empty body, and changes nothing. */
  @Override
  public boolean tellsOfTakenKeys() {
    return false;
  }

  /** It puts it into the certificate. */
  @Override
  public boolean staples() {
    return true;
  }

  /** It takes every reason of RFC 5280. */
  @Override
  public Set<RevocationReason> refusedReasons() {
    return EnumSet.noneOf(RevocationReason.class);
  }

  /** Half of the time it says it as a date, which leaves out the part of a second. */
  @Override
  public Duration leastRetryAfter() {
    return PebbleServer.RETRY_AFTER.minusSeconds(1);
  }

  @Override
  public String refusedName() {
    return PebbleServer.BLOCKED;
  }

  @Override
  public Optional<Boolean> revoked(Certificate certificate) {
    return Optional.of(server.revoked(certificate.chain().get(0).getSerialNumber()));
  }

  /** Three roots, and two issuers below each; Boulder's front end has one chain alone. */
  @Test
  void aChainIsChosenByItsRoot() throws Exception {
    AcmeAccount account = account(open());

    for (int chain = 0; chain <= 2; chain++) {
      X509Certificate root = server.root(chain);
      ChainPreference wish = ChainPreference.root(Chains.issuer(root));
      Certificate certificate =
          await(account.issue(OrderRequest.of(name("chain-" + chain)).withChain(wish)));

      assertThat(certificate.preferred()).isTrue();
      assertThat(certificate.alternates()).hasSize(2);
      Pki.verify(certificate, root);
      Certificate other =
          await(
              account.certificate(
                  certificate.url(), ChainPreference.root(Chains.issuer(server.root()))));
      assertThat(other.preferred()).isTrue();
      Pki.verify(other, server.root());
    }
    Certificate none =
        await(
            account.issue(
                OrderRequest.of(name("no-chain")).withChain(ChainPreference.issuer("Nobody"))));
    assertThat(none.preferred()).isFalse();
    Pki.verify(none, server.root());
  }
}
