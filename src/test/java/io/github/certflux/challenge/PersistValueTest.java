package io.github.certflux.challenge;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PersistValueTest {

  @Test
  void aValueIsReadWhateverItsSpacesAndCase() {
    PersistValue value =
        PersistValue.parse(" ca.example ;AccountURI = https://ca/acct/1?a=b; policy=wildcard");

    assertThat(value.issuer()).isEqualTo("ca.example");
    assertThat(value.parameter("accounturi")).isEqualTo("https://ca/acct/1?a=b");
    assertThat(value.parameter("policy")).isEqualTo("wildcard");
    assertThat(value.parameter("other")).isEmpty();
    assertThat(value.isValidAt(Long.MAX_VALUE)).isTrue();
  }

  @Test
  void aValueEndsAtItsTime() {
    PersistValue value = PersistValue.parse("ca.example; accounturi=u; persistUntil=1000");

    assertThat(value.isValidAt(1000)).isTrue();
    assertThat(value.isValidAt(1001)).isFalse();
    assertThat(PersistValue.parse("ca.example; persistUntil=soon").isValidAt(0)).isFalse();
  }

  @Test
  void whatIsThereInsteadForgesNoLine() {
    MissingRecordException error =
        new MissingRecordException(
            DnsPersist01Solver.record(
                "example.org", false, "ca.example", URI.create("https://ca/1")),
            List.of("value\nevent=forged"));

    assertThat(error)
        .hasMessage(
            "set this TXT record, which stays: _validation-persist.example.org. IN TXT"
                + " \"ca.example; accounturi=https://ca/1\" (there is [value event=forged])");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ca.example; accounturi=u;",
        "ca.example; accounturi",
        "ca.example; =u",
        "ca.example; accounturi=u; ACCOUNTURI=u"
      })
  void whatCannotBeReadProvesNothing(String value) {
    assertThat(PersistValue.parse(value).issuer()).isEmpty();
  }
}
