package io.github.certflux.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a person reads who wants to know why a name could not be validated. */
class DiagnosisTest {
  private static final Identifier NAME = Identifier.dns("www.example.org");

  private static Problem problem(String type, String detail) {
    return new Problem(
        Problem.NAMESPACE + type,
        Optional.empty(),
        Optional.of(detail),
        400,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        List.of());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          http-01         | http://www.example.org/.well-known/acme-challenge/… on port 80
          dns-01          | a TXT record at _acme-challenge.www.example.org
          tls-alpn-01     | a certificate for acme-tls/1 at www.example.org port 443
          dns-account-01  | a TXT record of this account below _acme-challenge.www.example.org
          dns-persist-01  | a TXT record at _validation-persist.www.example.org
          onion-csr-01    | the onion-csr-01 proof of www.example.org
          newer-02        | the newer-02 proof of www.example.org
          """)
  void itSaysWhatTheCaLookedForAndWhere(String challenge, String expected) {
    assertThat(Diagnosis.of(NAME, challenge, problem("unauthorized", "no")))
        .startsWith("the CA looked for " + expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          http-01     | dns               | look it up in the DNS | without A and AAAA records
          http-01     | dns               | look it up in the DNS | DNSSEC
          http-01     | connection        | could not connect     | AAAA record that leads to another host
          http-01     | connection        | could not connect     | closed port 80
          http-01     | connection        | could not connect     | countries or networks
          http-01     | tls               | TLS handshake failed  | redirect to https
          http-01     | caa               | CAA record            | does not list this CA
          http-01     | caa               | CAA record            | RFC 8657
          http-01     | unauthorized      | found something else  | a redirect, or another server
          http-01     | incorrectResponse | found something else  | several servers behind one name
          dns-01      | dns               | look it up in the DNS | not at all nameservers yet
          dns-01      | unauthorized      | found something else  | TXT record of an earlier try
          dns-01      | incorrectResponse | found something else  | CNAME that leads to another zone
          tls-alpn-01 | connection        | could not connect     | closed port 443
          tls-alpn-01 | tls               | TLS handshake failed  | does not know acme-tls/1
          tls-alpn-01 | unauthorized      | found something else  | with its own certificate
          """)
  void itSaysWhatTheCaSawAndTheUsualCauses(
      String challenge, String type, String saw, String cause) {
    String sentence = Diagnosis.of(NAME, challenge, problem(type, "the server's \"own\" words"));

    assertThat(sentence)
        .contains(saw)
        .contains("\"the server's \"own\" words\" (" + type + ")")
        .contains("the usual causes: ")
        .contains(cause);
  }

  @Test
  void aLookFromElsewhereThatFailsPointsAtWhoIsLetIn() {
    assertThat(
            Diagnosis.of(
                NAME,
                Challenge.HTTP_01,
                problem("connection", "During secondary validation: 192.0.2.1: Timeout")))
        .contains("the usual causes: the first look passed and one from elsewhere did not")
        .contains("During secondary validation: 192.0.2.1: Timeout");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rateLimited", "serverInternal", "unheardOf"})
  void ofWhatItDoesNotKnowItSaysNoMoreThanTheServer(String type) {
    assertThat(Diagnosis.of(NAME, Challenge.HTTP_01, problem(type, "words")))
        .endsWith("on port 80: \"words\" (" + type + ")");
  }

  @Test
  void anAddressIsNamedAsInAUrl() {
    assertThat(
            Diagnosis.of(
                new Identifier("ip", "2001:db8::1"), Challenge.HTTP_01, problem("dns", "no")))
        .contains("http://[2001:db8::1]/.well-known");
  }

  @Test
  void theErrorOfAnOrderTellsOfEachName() {
    Identifier other = Identifier.dns("b.example.org");
    AcmeAuthorizationException error =
        new AcmeAuthorizationException(
            new AcmeException.At(AcmeOperation.ORDER, URI.create("https://ca.test/order/1"), 0),
            problem("connection", "first"),
            List.of(
                failed(NAME, Challenge.HTTP_01, problem("connection", "first")),
                failed(other, Challenge.DNS_01, problem("dns", "second"))));

    assertThat(error.failures()).containsOnlyKeys(NAME, other);
    assertThat(error.diagnoses().keySet()).containsExactly(NAME, other);
    assertThat(error)
        .hasMessageContaining("www.example.org: the CA looked for http://www.example.org/")
        .hasMessageContaining("\"first\" (connection)")
        .hasMessageContaining("b.example.org: the CA looked for a TXT record")
        .hasMessageContaining("\"second\" (dns)");
  }

  private static Authorization failed(Identifier name, String type, Problem problem) {
    URI url = URI.create("https://ca.test/authz/1");
    Challenge untried =
        new Challenge(
            "other-01",
            url,
            Status.PENDING,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of());
    Challenge tried =
        new Challenge(
            type,
            url,
            Status.INVALID,
            Optional.empty(),
            Optional.of(problem),
            Optional.empty(),
            List.of());
    return new Authorization(
        url, name, Status.INVALID, Optional.empty(), List.of(untried, tried), false);
  }
}
