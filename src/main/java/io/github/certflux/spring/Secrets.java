package io.github.certflux.spring;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;

/**
 * Hides our secrets from {@code /env} and {@code /configprops}, whoever may see values there: also
 * where they stand in the value of another property, as those of a command line do in {@code
 * sun.java.command}.
 */
final class Secrets implements SanitizingFunction {
  private static final List<String> SECRET =
      List.of(
          "certfluxeabhmackey",
          "certfluxstoreurl",
          "certfluxstoreencryptionkey",
          "certfluxchallengerfc2136keysecret");
  private static final String SECRETS = "certfluxstoreencryptionprevious";
  private static final String OF_OTHERS = "certfluxfallbacks";
  private static final String KEY_OF_OTHERS = "eabhmackey";
  private static final String NO_SECRET = "certfluxstoreencryptionkeyid";

  @Override
  public SanitizableData apply(SanitizableData data) {
    String key = plain(data.getKey());
    return SECRET.contains(key)
            || key.startsWith(SECRETS)
            || (key.startsWith(OF_OTHERS) && key.endsWith(KEY_OF_OTHERS))
            || namesOne(data.getValue())
        ? data.withSanitizedValue()
        : data;
  }

  private static boolean namesOne(@Nullable Object value) {
    String text =
        value instanceof CharSequence ? plain(value.toString()).replace(NO_SECRET, "") : "";
    return text.contains(SECRETS)
        || (text.contains(OF_OTHERS) && text.contains(KEY_OF_OTHERS))
        || SECRET.stream().anyMatch(text::contains);
  }

  /** However it is written: eab.hmac-key, eab.hmacKey, CERTFLUX_EAB_HMACKEY. */
  private static String plain(String text) {
    return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }
}
