package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.certflux.protocol.Identifier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamesTest {

  @ParameterizedTest
  @CsvSource({
    "dns, Example.ORG, example.org",
    "dns, *.EXAMPLE.org, *.example.org",
    "dns, XN--bcher-kva.example, xn--bcher-kva.example",
    "ip, 192.0.2.1, 192.0.2.1",
    "ip, 2001:DB8:0:0:0:0:0:1, 2001:db8::1",
    "ip, 2001:db8::0:1, 2001:db8::1",
    "ip, ::, ::",
    "ip, example.org, example.org",
    "ip, fe80::1%eth0, fe80::1%eth0",
    "other, AbC, AbC",
  })
  void hasOneFormForEachName(String type, String given, String normalised) {
    assertThat(Names.normalised(new Identifier(type, given)))
        .isEqualTo(new Identifier(type, normalised));
  }
}
