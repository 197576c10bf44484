package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.internal.Csr;
import io.github.certflux.internal.CsrExtras;
import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.protocol.CsrFormatException;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class CsrSourceTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final List<Identifier> NAMES =
      List.of(Identifier.dns("a.example.org"), new Identifier("ip", "2001:db8::1"));

  private final JcaCrypto crypto = JcaCrypto.create(JcaCrypto.drbg(), Schedulers.immediate());
  private final KeyPair key = await(crypto.generate(KeyType.EC_P256));
  private final byte[] csr = await(Csr.create(key, NAMES, CsrExtras.NONE, crypto));

  @Test
  void aReadyMadeCsrIsTakenAsDerAndAsPem() {
    String pem =
        "-----BEGIN CERTIFICATE REQUEST-----\n"
            + Base64.getMimeEncoder().encodeToString(csr)
            + "\n-----END CERTIFICATE REQUEST-----\n";

    for (CsrSource source : List.of(CsrSource.csr(csr), CsrSource.csr(pem))) {
      assertThat(await(source.given(NAMES, crypto)).der()).isEqualTo(csr);
      assertThat(source.fingerprint()).isEqualTo(CsrSource.csr(csr).fingerprint());
    }
    for (String none : new String[] {"", pem + pem, pem.replace("REQUEST", "KEY")}) {
      assertThatThrownBy(() -> CsrSource.csr(none)).isInstanceOf(CsrFormatException.class);
    }
  }

  @Test
  void theNamesThatDifferFromTheOrdersAreNamed() {
    CsrSource source = CsrSource.csr(csr);
    Identifier other = Identifier.dns("b.example.org");

    assertThatThrownBy(() -> source.given(List.of(NAMES.get(0)), crypto).block(LONG))
        .isInstanceOf(CsrFormatException.class)
        .hasMessage("the CSR does not fit the order: it has 2001:db8::1 besides");
    assertThatThrownBy(
            () -> source.given(List.of(NAMES.get(0), NAMES.get(1), other), crypto).block(LONG))
        .isInstanceOf(CsrFormatException.class)
        .hasMessage("the CSR does not fit the order: it lacks b.example.org");
    assertThatThrownBy(() -> source.given(List.of(other, NAMES.get(1)), crypto).block(LONG))
        .isInstanceOf(CsrFormatException.class)
        .hasMessage(
            "the CSR does not fit the order: it lacks b.example.org, and it has a.example.org"
                + " besides");
  }

  /** The user's CSR may come from elsewhere, and the message goes to a log. */
  @Test
  void theNamesOfACsrForgeNoLineAndFillNoLog() {
    List<Identifier> odd =
        List.of(Identifier.dns("a\nb.example.org"), Identifier.dns("c".repeat(10_000)));
    CsrSource source = CsrSource.csr(await(Csr.create(key, odd, CsrExtras.NONE, crypto)));

    assertThatThrownBy(() -> source.given(NAMES, crypto).block(LONG))
        .isInstanceOf(CsrFormatException.class)
        .message()
        .contains("a b.example.org")
        .hasSizeLessThan(500)
        .doesNotContain("\n");
  }

  @Test
  void aCommonNameIsOneOfTheNamesOrdered() {
    CsrSource source = CsrSource.key(key);

    assertThat(source.withCommonName("A.Example.org").given(NAMES, crypto).blockOptional(LONG))
        .isEmpty();
    assertThatThrownBy(
            () -> source.withCommonName("c.example.org").given(NAMES, crypto).block(LONG))
        .isInstanceOf(CsrFormatException.class)
        .hasMessageContaining("c.example.org");
    for (String wrong : new String[] {"", "a b", "a".repeat(60) + ".example.org"}) {
      assertThatThrownBy(() -> source.withCommonName(wrong))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void onlyObjectIdentifiersAreUsages() {
    assertThatThrownBy(() -> CsrSource.key(key).withExtendedKeyUsage("serverAuth"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aReadyMadeCsrAsksForNothingElse() {
    CsrSource source = CsrSource.csr(csr);

    assertThatThrownBy(source::withMustStaple).isInstanceOf(IllegalStateException.class);
  }

  /** An order that is resumed is one for the same. */
  @Test
  void whatIsAskedForIsRemembered() {
    CsrSource plain = CsrSource.newKey(KeyType.EC_P256);
    CsrSource all =
        plain
            .withMustStaple()
            .withExtendedKeyUsage(CsrSource.CLIENT_AUTH)
            .withCommonName("a.example.org");

    assertThat(
            Set.of(
                plain.fingerprint(),
                plain.withMustStaple().fingerprint(),
                plain.withCommonName("a.example.org").fingerprint(),
                plain.withExtendedKeyUsage(CsrSource.CLIENT_AUTH).fingerprint(),
                all.fingerprint()))
        .hasSize(5);
    assertThat(all.withKey(key).extras())
        .isEqualTo(new CsrExtras(Optional.of(NAMES.get(0)), List.of(CsrSource.CLIENT_AUTH), true));
  }

  private static <T> T await(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(LONG));
  }
}
