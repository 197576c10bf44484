package io.github.certflux.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.core.env.MapPropertySource;

/** What {@code /env} and {@code /configprops} don't show. */
class SecretsTest {
  private static final Pattern SOUNDS_SECRET =
      Pattern.compile("(?i).*(key|secret|password|url|previous|token).*");

  /** Names and kinds of keys. */
  private static final Set<String> HARMLESS = Set.of("keyType", "keyId", "keyName", "keyAlgorithm");

  @Test
  void everyPropertyThatMayBeASecretIsHidden() {
    List<String> secret = new ArrayList<>();
    collect("certflux", CertfluxProperties.class, secret);

    assertThat(secret).hasSizeGreaterThanOrEqualTo(5).allMatch(SecretsTest::isHidden);
    assertThat(isHidden("certflux.domains")).isFalse();
  }

  private static void collect(String prefix, Class<?> record, List<String> secret) {
    for (RecordComponent component : record.getRecordComponents()) {
      String name = prefix + "." + component.getName();
      if (component.getType().isRecord()) {
        collect(name, component.getType(), secret);
      } else if (component.getGenericType() instanceof ParameterizedType map
          && lastOf(map) instanceof Class<?> each
          && each.isRecord()) {
        collect(name + ".any", each, secret);
      } else if (SOUNDS_SECRET.matcher(component.getName()).matches()
          && !HARMLESS.contains(component.getName())) {
        secret.add(component.getType() == String.class ? name : name + ".any");
      }
    }
  }

  private static Type lastOf(ParameterizedType type) {
    Type[] all = type.getActualTypeArguments();
    return all[all.length - 1];
  }

  private static boolean isHidden(String key) {
    SanitizableData shown =
        new SanitizableData(
            new MapPropertySource("test", java.util.Map.of(key, "value")), key, "value");
    return SanitizableData.SANITIZED_VALUE.equals(new Secrets().apply(shown).getValue());
  }
}
