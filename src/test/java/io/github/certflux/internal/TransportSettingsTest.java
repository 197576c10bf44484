package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransportSettingsTest {
  private static final String ROOT = new String(new TestTls().pem(), StandardCharsets.US_ASCII);

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void severalRootsWithTextBetweenThemAreRead() {
    String other = new String(new TestTls("other").pem(), StandardCharsets.US_ASCII);
    String bundle = "# Some roots\n\n" + ROOT + "second:\r\n" + other.replace("\n", "\r\n") + "end";

    assertThat(TrustPem.parse(ascii(bundle)))
        .extracting(root -> root.getSubjectX500Principal().getName())
        .containsExactly("CN=root", "CN=other");
  }

  @Test
  void whatIsNotACertificateIsRefusedWithItsReason() {
    String unread = "the trusted certificates can't be read: line ";
    refused("", "no trusted certificate found: expected a line -----BEGIN CERTIFICATE-----");
    refused("0\u00820", "no trusted certificate found");
    refused(
        "# key\n-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n" + ROOT,
        unread + "2: not a certificate but a PRIVATE KEY");
    refused(ROOT + ROOT.substring(0, 200), unread);
    refused(ROOT.substring(0, 200) + "\n" + ROOT, unread);
    refused(ROOT.replace("MI", "*!"), unread + "1: ");
    refused("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", unread + "1: ");
    refused(
        "\n-----BEGIN CERTIFICATE-----\nMIGH\n-----END CERTIFICATE-----",
        unread + "2: not a certificate: ");
    refused("-----END CERTIFICATE-----\n" + ROOT, unread + "1: ");
    refused("x".repeat(5 << 20), "the trusted certificates take 5242880 bytes, more than 4194304");
  }

  private static void refused(String pem, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TransportSettings.defaults().trust(ascii(pem)))
        .withMessageStartingWith(why);
  }

  @ParameterizedTest
  @CsvSource({"PT0S", "PT-1S", "PT0.0001S", "PT1000H"})
  void durationsOutOfRangeAreRefused(Duration duration) {
    TransportSettings settings = TransportSettings.defaults();
    assertThatIllegalArgumentException().isThrownBy(() -> settings.connectTimeout(duration));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.acquireTimeout(duration));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.responseTimeout(duration));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.maxIdleTime(duration));
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    TransportSettings settings = TransportSettings.defaults();
    assertThatIllegalArgumentException().isThrownBy(() -> settings.maxBodySize(0));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.maxConnections(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.proxy("proxy", 0));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.proxy("proxy", 65_536));
    assertThatIllegalArgumentException().isThrownBy(() -> settings.proxy("", 3128));
  }

  @Test
  void eachChangeLeavesTheSettingsBeforeItAsTheyWere() {
    TransportSettings before = TransportSettings.defaults();
    TransportSettings after = before.maxBodySize(7).responseTimeout(Duration.ofSeconds(7));

    assertThat(before.maxBodySize()).isEqualTo(1 << 20);
    assertThat(before.responseTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(after.maxBodySize()).isEqualTo(7);
    assertThat(after.responseTimeout()).isEqualTo(Duration.ofSeconds(7));
  }
}
