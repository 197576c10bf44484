package io.github.certflux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.challenge.Unneeded;
import io.github.certflux.protocol.AcmeObserver;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.testca.Endpoint;
import io.github.certflux.testca.Fault;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The choice among the chains of a certificate (RFC 8555 §7.4.2). */
class ChainPreferenceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String DEFAULT_ROOT = "Test CA root";
  private static final String FIRST = "Test CA root alternate 1";
  private static final String SECOND = "Test CA root alternate 2";

  private final AtomicInteger downloads = new AtomicInteger();
  private final AtomicInteger names = new AtomicInteger();
  private TestCa ca;
  private AcmeClient acme;

  @BeforeEach
  void start() {
    ca =
        TestCa.builder()
            .validation(Validation.always())
            .alternateChains(3)
            .retryAfter(Duration.ofMillis(1))
            .startNow();
    acme =
        AcmeClient.builder(ca.directory())
            .trust(ca.rootPem().getBytes(US_ASCII))
            .solver(new Unneeded("http-01"))
            .observer(
                new AcmeObserver() {
                  @Override
                  public void tried(Try event) {
                    if (event.operation() == AcmeOperation.CERTIFICATE) {
                      downloads.incrementAndGet();
                    }
                  }
                })
            .build();
  }

  @AfterEach
  void close() {
    acme.disposeLater().block(PATIENCE);
    ca.close();
  }

  private Certificate issued(ChainPreference preference) {
    String name = "www" + names.incrementAndGet() + ".example.org";
    return acme.account(AccountRequest.create().agreeToTerms())
        .flatMap(a -> a.issue(OrderRequest.of(name).withChain(preference)))
        .block(PATIENCE);
  }

  private static String root(Certificate certificate) {
    return certificate
        .chain()
        .get(certificate.chain().size() - 1)
        .getIssuerX500Principal()
        .getName()
        .substring("CN=".length());
  }

  @Test
  void withoutAWishTheServersChainIsTakenAndNoOtherIsFetched() {
    Certificate certificate = issued(ChainPreference.servers());

    assertThat(root(certificate)).isEqualTo(DEFAULT_ROOT);
    assertThat(certificate.preferred()).isTrue();
    assertThat(certificate.alternates()).hasSize(3).doesNotContain(certificate.url());
    assertThat(downloads).hasValue(1);
  }

  @Test
  void aRootIsFoundAndNothingIsFetchedBeyondIt() {
    Certificate certificate = issued(ChainPreference.root(SECOND));

    assertThat(root(certificate)).isEqualTo(SECOND);
    assertThat(certificate.preferred()).isTrue();
    assertThat(certificate.url()).isEqualTo(certificate.alternates().get(1));
    assertThat(certificate.chain().get(0).getPublicKey())
        .isEqualTo(certificate.key().orElseThrow().getPublic());
    assertThat(downloads).hasValue(3);
  }

  @Test
  void anIssuerIsLookedForInTheWholeChainAndARootAtItsEndAlone() {
    Certificate any = issued(ChainPreference.issuer("Test CA intermediate"));
    assertThat(any.preferred()).isTrue();
    assertThat(downloads).hasValue(1);

    assertThat(issued(ChainPreference.root("Test CA intermediate")).preferred()).isFalse();
    assertThat(root(issued(ChainPreference.issuer(FIRST)))).isEqualTo(FIRST);
  }

  @Test
  void whereNoneFitsTheDefaultChainComesAndSaysSo() {
    Certificate certificate = issued(ChainPreference.root("Nobody"));

    assertThat(root(certificate)).isEqualTo(DEFAULT_ROOT);
    assertThat(certificate.preferred()).isFalse();
    assertThat(downloads).hasValue(4);
  }

  @Test
  void keysAreToldBySignatures() {
    assertThat(issued(ChainPreference.ec()).preferred()).isTrue();
    assertThat(downloads).hasValue(1);

    assertThat(issued(ChainPreference.rsa()).preferred()).isFalse();
  }

  @Test
  void ofEquallyShortChainsTheServersFirstIsTaken() {
    Certificate certificate = issued(ChainPreference.shortest());

    assertThat(root(certificate)).isEqualTo(DEFAULT_ROOT);
    assertThat(certificate.preferred()).isTrue();
    assertThat(downloads).hasValue(4);
  }

  @Test
  void anAlternateThatCannotBeHadDoesNotCostTheCertificate() {
    ca.faults()
        .on(Endpoint.CERTIFICATE)
        .nth(2)
        .then(
            Fault.answer(
                403,
                "application/problem+json",
                "{\"type\":\"urn:ietf:params:acme:error:unauthorized\",\"status\":403}"));

    Certificate certificate = issued(ChainPreference.root(FIRST));

    assertThat(root(certificate)).isEqualTo(DEFAULT_ROOT);
    assertThat(certificate.preferred()).isFalse();
  }
}
