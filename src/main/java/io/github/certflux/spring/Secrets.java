package io.github.certflux.spring;

import java.util.Set;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;

/** Hides our secrets from {@code /env} and {@code /configprops}, whoever may see values there. */
final class Secrets implements SanitizingFunction {
  private static final Set<String> SECRET =
      Set.of(
          "certfluxeabhmackey",
          "certfluxstoreurl",
          "certfluxstoreencryptionkey",
          "certfluxchallengerfc2136keysecret");
  private static final String SECRETS = "certfluxstoreencryptionprevious";

  @Override
  public SanitizableData apply(SanitizableData data) {
    // however it is written: eab.hmac-key, eab.hmacKey, CERTFLUX_EAB_HMACKEY
    String plain = data.getLowerCaseKey().replaceAll("[^a-z0-9]", "");
    return SECRET.contains(plain) || plain.startsWith(SECRETS) ? data.withSanitizedValue() : data;
  }
}
