package io.github.certflux.examples.webflux;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class OptionsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--https-port=70000 | --https-port",
        "--trust=roots.pem | --directory",
        "--directory=https://ca.test/directory | --domain",
        "--directory=http://ca.test/directory --domain=a.test | https",
        "--htps-port=1 | --htps-port",
        "something | something",
      })
  void wrongUsageIsNamed(String arguments, String named) {
    assertThatThrownBy(() -> parsed(arguments).check())
        .isInstanceOf(CommandLine.ParameterException.class)
        .hasMessageContaining(named);
  }

  @Test
  void propertiesOfSpringBootAreTaken() {
    assertThatCode(() -> parsed("--certflux.challenge.types=http-01 --http-port 0").check())
        .doesNotThrowAnyException();
  }

  private static WebfluxApp parsed(String arguments) {
    WebfluxApp app = new WebfluxApp();
    new CommandLine(app).parseArgs(arguments.split(" "));
    return app;
  }
}
