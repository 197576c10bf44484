package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** The properties in the documentation are there, and all that are there are in it. */
class DocumentedPropertiesTest {
  private static final Pattern BLOCK = Pattern.compile("```properties\n(.*?)```", Pattern.DOTALL);

  private final String document = read();

  private static String read() {
    try {
      return Files.readString(Path.of("docs/spring-boot.md"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void eachExampleIsRead() throws IOException {
    List<String> blocks =
        BLOCK.matcher(document).results().map((MatchResult found) -> found.group(1)).toList();

    assertThat(blocks).hasSize(5);
    for (String block : blocks) {
      Properties properties = new Properties();
      properties.load(new StringReader(block));
      CertfluxProperties bound =
          new Binder(new MapConfigurationPropertySource(properties))
              .bind(
                  "certflux",
                  Bindable.of(CertfluxProperties.class),
                  new NoUnboundElementsBindHandler(BindHandler.DEFAULT))
              .get();
      assertThat(bound.domains()).isNotEmpty();
      assertThat(bound.termsOfServiceAgreed()).isTrue();
    }
  }

  @Test
  void theTableNamesEveryProperty() {
    List<String> names = new ArrayList<>();
    ConfigurationTest.collect("certflux", CertfluxProperties.class, names);

    assertThat(names)
        .hasSizeGreaterThan(30)
        .allSatisfy(
            name ->
                assertThat(document)
                    .contains("| `" + name.substring("certflux.".length()) + "` |"));
  }
}
