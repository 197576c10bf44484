package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which hosts a server elsewhere can't name. */
class UrlsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LocalHost.",
        "a.localhost",
        "a.localhost.",
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "[::1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]"
      })
  void areThisMachineOrOnItsNetwork(String host) {
    assertThat(Urls.isLocal(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.org",
        "notlocalhost",
        "localhost.example",
        "100.63.255.255",
        "100.128.0.1",
        "192.0.2.1",
        "[2001:db8::1]",
        "[64:ff9b:1::1]"
      })
  void othersAreElsewhere(String host) {
    assertThat(Urls.isLocal(host)).isFalse();
  }
}
