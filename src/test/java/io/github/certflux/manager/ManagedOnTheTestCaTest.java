package io.github.certflux.manager;

import static io.github.certflux.manager.CertificateEvent.Kind.FOUND;
import static io.github.certflux.manager.CertificateEvent.Kind.MOVED_UP;
import static io.github.certflux.manager.CertificateEvent.Kind.OBTAINED;
import static io.github.certflux.manager.CertificateEvent.Kind.RENEWED;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.AccountRequest;
import io.github.certflux.AcmeClient;
import io.github.certflux.OrderRequest;
import io.github.certflux.challenge.Unneeded;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.protocol.KeyType;
import io.github.certflux.protocol.RevocationReason;
import io.github.certflux.testca.TestCa;
import io.github.certflux.testca.Validation;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

/** The whole, with real orders at the test CA, on virtual time. */
class ManagedOnTheTestCaTest {
  private final World world = new World();
  private final TestCa ca =
      TestCa.builder()
          .scheduler(world.time)
          .random(new Random(3))
          .validation(Validation.always())
          .certificateLifetime(Duration.ofDays(45))
          .inMemory();
  private final AcmeClient acme =
      AcmeClient.builder(ca.directory())
          .transport(ca.transport())
          .timer(world.time)
          .random(new Random(4))
          .crypto(JcaCrypto.create(JcaCrypto.drbg(), Schedulers.immediate()))
          .solver(new Unneeded("http-01"))
          .store(world.store)
          .build();
  private final AccountRequest account = AccountRequest.create().agreeToTerms();

  private CertificateManager manager() {
    return world.builder(world.store).ca(acme, account).build();
  }

  @AfterEach
  void close() {
    ca.close();
  }

  @Test
  void aCertificateIsObtainedFoundRenewedAndReplacedWhenItIsRevoked() {
    World.Told told = new World.Told(manager().manage("a.example.org"));
    world.pass(Duration.ofMinutes(1));
    assertThat(told.kinds()).containsExactly(OBTAINED);
    told.subscription.dispose();

    CertificateManager manager = manager();
    World.Told again = new World.Told(manager.manage("a.example.org"));
    world.pass(Duration.ofMinutes(1));
    assertThat(again.kinds()).containsExactly(FOUND);
    assertThat(again.last().ca()).contains(ca.directory());
    world.pass(Duration.ofDays(40));
    assertThat(again.kinds()).containsExactly(FOUND, RENEWED);
    assertThat(ca.truth().certificates()).hasSize(2);

    ManagedCertificate revoked = manager.certificate("a.example.org").orElseThrow();
    acme.account(account)
        .flatMap(a -> a.revoke(revoked.chain().get(0), RevocationReason.SUPERSEDED))
        .subscribe();
    world.pass(Duration.ofDays(1));
    assertThat(again.kinds()).containsExactly(FOUND, RENEWED, MOVED_UP, RENEWED);
    assertThat(manager.certificate("a.example.org").orElseThrow().chain())
        .isNotEqualTo(revoked.chain());
  }

  @Test
  void theKeyTypeIsTheRequestsAndAKeptKeyStays() {
    OrderRequest rsa = OrderRequest.of("b.example.org").withKeyType(KeyType.RSA_2048);
    CertificateManager keeps = world.builder(world.store).ca(acme, account).keepKeys().build();
    World.Told told = new World.Told(keeps.manage(List.of(rsa)));
    world.pass(Duration.ofMinutes(1));
    ManagedCertificate first = keeps.certificate("b.example.org").orElseThrow();
    assertThat(first.chain().get(0).getPublicKey()).isInstanceOf(RSAPublicKey.class);

    world.pass(Duration.ofDays(40));

    assertThat(told.kinds()).containsExactly(OBTAINED, RENEWED);
    ManagedCertificate second = keeps.certificate("b.example.org").orElseThrow();
    assertThat(second.chain()).isNotEqualTo(first.chain());
    assertThat(second.keyPem()).isEqualTo(first.keyPem());
  }
}
