package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.KeyType;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import org.junit.jupiter.api.Test;

class KeysTest {

  @Test
  void aPairThatBelongsTogetherIsAccepted() throws Exception {
    KeyPairGenerator jdk = KeyPairGenerator.getInstance("EC");
    KeyPairGenerator bc = KeyPairGenerator.getInstance("EC", Providers.bouncyCastle());
    jdk.initialize(256);
    bc.initialize(384);

    for (KeyPair pair :
        new KeyPair[] {
          RfcKeys.p256(), RfcKeys.rsa(), jdk.generateKeyPair(), bc.generateKeyPair()
        }) {
      assertThat(Keys.check(pair)).isSameAs(pair);
    }
  }

  @Test
  void aPairThatDoesNotIsRefused() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair other = generator.generateKeyPair();

    assertRefused(new KeyPair(RfcKeys.p256().getPublic(), other.getPrivate()), "is not its public");
    assertRefused(
        new KeyPair(RfcKeys.rsa().getPublic(), other.getPrivate()), "can't sign for its public");
    assertRefused(
        new KeyPair(RfcKeys.p256().getPublic(), RfcKeys.rsa().getPrivate()), "can't sign");
    assertRefused(new KeyPair(RfcKeys.p256().getPublic(), null), "without");
    assertRefused(new KeyPair(null, RfcKeys.p256().getPrivate()), "without");
    assertRefused(KeyPairGenerator.getInstance("X25519").generateKeyPair(), "EC and RSA");
  }

  @Test
  void anRsaKeyOfAnotherLengthCountsAsTheNextBelow() {
    assertThat(Keys.rsaType(2048)).isEqualTo(KeyType.RSA_2048);
    assertThat(Keys.rsaType(3071)).isEqualTo(KeyType.RSA_2048);
    assertThat(Keys.rsaType(4095)).isEqualTo(KeyType.RSA_3072);
    assertThat(Keys.rsaType(8192)).isEqualTo(KeyType.RSA_4096);
    assertThatThrownBy(() -> Keys.rsaType(2047)).isInstanceOf(KeyFormatException.class);
    assertThatThrownBy(() -> Keys.rsaType(8193)).isInstanceOf(KeyFormatException.class);
  }

  private static void assertRefused(KeyPair pair, String reason) {
    assertThatThrownBy(() -> Keys.check(pair))
        .isInstanceOf(KeyFormatException.class)
        .hasMessageContaining(reason);
  }
}
