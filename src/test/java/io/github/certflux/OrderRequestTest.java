package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.protocol.CertificateId;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyType;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be ordered, and in which form it goes out. */
class OrderRequestTest {

  @ParameterizedTest
  @CsvSource({
    "Example.ORG, dns, example.org",
    "example.org., dns, example.org",
    "*.Example.org, dns, *.example.org",
    "Bücher.example, dns, xn--bcher-kva.example",
    "*.bücher.example, dns, *.xn--bcher-kva.example",
    "bu\u0308cher.example, dns, xn--bcher-kva.example",
    "xn--bcher-kva.example, dns, xn--bcher-kva.example",
    "xn--strae-oqa.example, dns, xn--strae-oqa.example",
    "例え。テスト, dns, xn--r8jz45g.xn--zckzah",
    "пример.испытание, dns, xn--e1afmkfd.xn--80akhbyknj4f",
    "ＥＸＡＭＰＬＥ.org, dns, example.org",
    "192.0.2.1, ip, 192.0.2.1",
    "2001:DB8:0:0::1, ip, 2001:db8::1",
    "::ffff:192.0.2.1, ip, 192.0.2.1"
  })
  void aNameHasOneForm(String given, String type, String value) {
    assertThat(OrderRequest.of(given).identifiers()).containsExactly(new Identifier(type, value));
  }

  /** Other names, or none, in IDNA 2008 and UTS 46: a certificate would be for somebody else's. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "straße.example",
        "ΦΆΒΟΣ.ς.example",
        "ＳＴＲＡßＥ.example",
        "a\u200db.example",
        "a\u200cb.example",
        "ẞ.example",
        "\u1e9f\u0220ⱥ.example"
      })
  void aNameThatStandardsReadInTwoWaysIsToBeGivenInALabels(String name) {
    assertThatThrownBy(() -> OrderRequest.of(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("A-labels")
        .hasMessageContaining(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "a..b",
        "-a.example",
        "a-.example",
        "a b.example",
        "*",
        "*.",
        "a.*.example",
        "**.example",
        "a/b",
        "http://a.example",
        "a.example:443",
        "a.example/x",
        "u@a.example",
        "fe80::1%eth0"
      })
  void whatIsNoNameIsRefused(String name) {
    assertThatThrownBy(() -> OrderRequest.of(name)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesAreOrderedOnceAndAtLeastOne() {
    assertThat(OrderRequest.of("a.example", "A.example").identifiers()).hasSize(1);
    assertThatThrownBy(OrderRequest::of).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> OrderRequest.of("a".repeat(64) + ".example"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void eachOptionIsKeptByThoseThatAreSetAfterIt() {
    Instant start = Instant.parse("2026-01-01T00:00:00Z");
    Instant end = Instant.parse("2026-02-01T00:00:00Z");
    CsrSource csr = CsrSource.newKey(KeyType.RSA_3072);
    ChainPreference chain = ChainPreference.shortest();
    OrderRequest request = OrderRequest.of("a.example");
    OrderRequest forth =
        request
            .withCsr(csr)
            .withProfile("p")
            .withNotBefore(start)
            .withNotAfter(end)
            .withReplaces(new CertificateId("a.b"))
            .withChain(chain);
    OrderRequest back =
        request
            .withChain(chain)
            .withReplaces(new CertificateId("a.b"))
            .withNotAfter(end)
            .withNotBefore(start)
            .withProfile("p")
            .withCsr(csr);

    assertThat(List.of(forth, back))
        .allSatisfy(
            made -> {
              assertThat(made.identifiers()).isEqualTo(request.identifiers());
              assertThat(made.csr()).isSameAs(csr);
              assertThat(made.profile()).contains("p");
              assertThat(made.notBefore()).contains(start);
              assertThat(made.notAfter()).contains(end);
              assertThat(made.replaces()).contains(new CertificateId("a.b"));
              assertThat(made.chain()).isSameAs(chain);
            });
  }

  @Test
  void anOrderThatReplacesACertificateIsTakenUpAsTheSame() {
    OrderRequest request = OrderRequest.of("a.example");
    OrderRequest renewal = request.withReplaces(new CertificateId("a.b")).withProfile("p");

    assertThat(renewal.replaces()).contains(new CertificateId("a.b"));
    assertThat(renewal.fingerprint()).isEqualTo(request.withProfile("p").fingerprint());
    assertThat(renewal.fingerprint()).isNotEqualTo(request.fingerprint());
  }
}
