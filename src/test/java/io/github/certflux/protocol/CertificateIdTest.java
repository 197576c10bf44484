package io.github.certflux.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateIdTest {

  /** RFC 9773 Appendix A. */
  private static final String EXAMPLE =
      """
      -----BEGIN CERTIFICATE-----
      MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
      cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
      BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
      7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
      qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
      yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
      +FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
      -----END CERTIFICATE-----
      """;

  @Test
  void theExampleOfTheRfcHasItsIdentifier() throws Exception {
    X509Certificate certificate =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(
                    new ByteArrayInputStream(EXAMPLE.getBytes(StandardCharsets.US_ASCII)));

    assertThat(CertificateId.of(certificate)).hasToString("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "a", "a.", ".b", "a.b.c", "a=.b", "a.b/c", "a+.b", "a .b", "../a.b"})
  void whatIsNoIdentifierNeverComesIntoAUrl(String value) {
    assertThatThrownBy(() -> new CertificateId(value)).isInstanceOf(IllegalArgumentException.class);
  }
}
