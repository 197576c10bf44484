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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @ParameterizedTest
  @CsvSource({
    "certflux.eab.hmac-key, secret",
    "CERTFLUX_EAB_HMACKEY, secret",
    "CERTFLUX_FALLBACKS_0_EAB_HMACKEY, secret",
    "certflux.fallbacks[1].eab.hmac-key, secret",
    "CERTFLUX_STORE_ENCRYPTION_PREVIOUS_OLD, secret",
    "sun.java.command, shop.jar --certflux.eab.key-id=kid --certflux.eab.hmac-key=secret",
    "JAVA_TOOL_OPTIONS, -Dcertflux.store.encryption.previous.old=secret",
    "SPRING_APPLICATION_JSON, {\"certflux.store.url\":\"redis://user:secret@host\"}",
    "spring.application.json, {\"certflux\":{\"eab\":{\"hmac-key\":\"secret\"}}}"
  })
  void aSecretIsHiddenHoweverItIsSet(String key, String value) {
    assertThat(shown(key, value)).doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource({
    "certflux.store.encryption.key-id, 2",
    "sun.java.command, shop.jar --certflux.store.encryption.key-id=2",
    "server.port, 443"
  })
  void whatIsNoSecretIsShown(String key, String value) {
    assertThat(shown(key, value)).isEqualTo(value);
  }

  private static String shown(String key, String value) {
    return String.valueOf(new Secrets().apply(new SanitizableData(null, key, value)).getValue());
  }
}
