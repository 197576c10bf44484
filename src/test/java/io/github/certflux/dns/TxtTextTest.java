package io.github.certflux.dns;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TxtTextTest {

  @ParameterizedTest
  @ValueSource(strings = {"abc", "a b; c=\"d\"", "back\\slash", "\\065", "\""})
  void aValueIsReadAsItWasWritten(String value) {
    assertThat(TxtText.value(TxtText.quoted(value))).isEqualTo(value);
  }

  @Test
  void whatIsLongerThanAStringIsSeveral() {
    String value = "x".repeat(600);

    String text = TxtText.quoted(value);

    assertThat(text).hasSize(600 + 3 * 2 + 2).startsWith("\"x").endsWith("x\"");
    assertThat(TxtText.value(text)).isEqualTo(value);
  }

  @Test
  void escapesAndMissingQuotesAreUnderstood() {
    assertThat(TxtText.value("\"\\065b\\c\"")).isEqualTo("Abc");
    assertThat(TxtText.value("without quotes")).isEqualTo("without quotes");
    assertThat(TxtText.value("\"open \\")).isEqualTo("open \\");
  }
}
