package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.dns.CaaSet;
import io.github.certflux.protocol.Identifier;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 8659 §4 and RFC 8657, record by record. */
class CaaLookTest {
  private static final List<String> IDENTITIES = List.of("ca.example", "ca2.example");

  /** {@code issue ca.example}, with an exclamation mark before the tag where it is critical. */
  private static CaaSet set(String records) {
    return new CaaSet(
        "example.org",
        Arrays.stream(records.split(" / "))
            .filter(record -> !record.isBlank())
            .map(
                record -> {
                  String[] words = record.strip().split(" ", 2);
                  return new CaaSet.Property(
                      words[0].startsWith("!"),
                      words[0].replace("!", ""),
                      words.length == 1 ? "" : words[1]);
                })
            .toList());
  }

  private static Optional<String> objection(String records, boolean wildcard) {
    return CaaLook.objection(
        set(records),
        IDENTITIES,
        "http-01",
        new SolverRequest(
            Identifier.dns("www.example.org"),
            wildcard,
            "token",
            "token.key",
            URI.create("https://ca.example/acct/1")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                                                 | false
          issue ca.example                                                   | false
          ISSUE CA.Example.                                                  | false
          issue other.example / issue ca2.example                            | false
          issue ca.example; accounturi=https://ca.example/acct/1             | false
          issue  ca.example ; validationmethods = dns-01,http-01 ; x=y ;     | false
          issue ca.example; accounturi=https://ca.example/acct/2 / issue ca2.example | false
          issuewild other.example                                            | false
          iodef mailto:security@example.org                                  | false
          !issue ca.example / !iodef mailto:security@example.org             | false
          issue ca.example                                                   | true
          issue other.example / issuewild ca.example                         | true
          unknown value                                                      | true
          """)
  void theCaMayIssue(String records, boolean wildcard) {
    assertThat(objection(records.replace("Example.", "Example"), wildcard)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          issue ;                     | false | 0 issue ";"
          issue                       | false | 0 issue ""
          issue other.example         | false | 0 issue "other.example"
          issue ca.example / issuewild ; | true | 0 issuewild ";"
          issue other.example         | true  | 0 issue "other.example"
          issue ca.example; accounturi=https://ca.example/acct/2 | false | , which is for another account than https://ca.example/acct/1
          issue ca.example; validationmethods=dns-01,tls-alpn-01 | false | , which does not allow http-01
          issue ca.example; accounturi=a; accounturi=https://ca.example/acct/1 | false | , whose parameters can't be read
          issue ca.example; =x        | false | , whose parameters can't be read
          issue ca.example / !tbs value | false | 128 tbs "value", which is critical and not known
          """)
  void theRecordThatForbidsItIsNamed(String records, boolean wildcard, String objection) {
    assertThat(objection(records, wildcard)).isPresent();
    assertThat(objection(records, wildcard).orElse("")).contains(objection);
  }
}
