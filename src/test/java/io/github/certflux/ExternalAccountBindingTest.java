package io.github.certflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.ExternalAccountBinding.Algorithm;
import io.github.certflux.protocol.KeyFormatException;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExternalAccountBindingTest {
  private static final byte[] KEY = key(64);

  @Test
  void aKeyIsTakenInEitherAlphabetPaddedOrNot() {
    byte[] odd = key(65);
    for (byte[] key : new byte[][] {KEY, odd}) {
      for (Base64.Encoder encoder :
          new Base64.Encoder[] {Base64.getUrlEncoder(), Base64.getEncoder()}) {
        assertThat(of(encoder.encodeToString(key)).macKey()).isEqualTo(key);
        assertThat(of(encoder.withoutPadding().encodeToString(key)).macKey()).isEqualTo(key);
        assertThat(of(" " + encoder.encodeToString(key) + "\n").macKey()).isEqualTo(key);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "+-MixedMixedMixedMixedMixedMixedMixedMixedMixedMixed",
        "not base64 at all, but quite long enough for a key",
        "MixedMixedMixedMixedMixedMixedMixedMixedMixedMixedä",
        "MixedMixedMixedMixedMixedMixed=MixedMixedMixedMixed",
        "MixedMixedMixedMixedMixedMixedMixedMixedMixed===",
        "MixedMixedMixedMixedMixedMixedM",
        "TooShort",
        ""
      })
  void whatIsNoKeyIsRefusedWithoutBeingShown(String key) {
    assertThatThrownBy(() -> of(key))
        .isInstanceOf(KeyFormatException.class)
        .hasNoCause()
        .hasMessageContaining("once more from the CA")
        .satisfies(
            e ->
                assertThat(key.isEmpty() || !e.getMessage().contains(key)).as("not shown").isTrue())
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("Mixed"));
  }

  @Test
  void aKeyIsAtLeastAsLongAsTheHash() {
    ExternalAccountBinding short32 = of(text(32));

    assertThat(short32.algorithm()).isEqualTo(Algorithm.HS256);
    assertThatThrownBy(() -> short32.withAlgorithm(Algorithm.HS384))
        .isInstanceOf(KeyFormatException.class)
        .hasMessageContaining("32 bytes")
        .hasMessageContaining("HS384 needs 48");
    assertThat(of(text(64)).withAlgorithm(Algorithm.HS512).algorithm()).isEqualTo(Algorithm.HS512);
    assertThatThrownBy(() -> of(text(31))).isInstanceOf(KeyFormatException.class);
  }

  @Test
  void aBindingShowsItsIdentifierAlone() {
    ExternalAccountBinding binding = of(text(64));

    assertThat(binding).hasToString("ExternalAccountBinding[kid, HS256]");
    assertThat(AccountRequest.create().withExternalAccount(binding).externalAccount())
        .containsSame(binding);
    assertThatThrownBy(() -> ExternalAccountBinding.of(" ", text(64)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static ExternalAccountBinding of(String key) {
    return ExternalAccountBinding.of("kid", key);
  }

  private static byte[] key(int bytes) {
    byte[] key = new byte[bytes];
    new Random(7).nextBytes(key);
    return key;
  }

  private static String text(int bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(key(bytes));
  }
}
