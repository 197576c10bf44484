package io.github.certflux;

import java.net.URI;
import java.util.Arrays;
import java.util.Optional;

/**
 * Public CAs with an ACME server, and what each needs of a new account. Any other CA is as good: it
 * is named by its directory's URL. No root certificate is built in: chains come as the CA serves
 * them, and TLS is trusted as the JVM trusts it.
 */
public enum KnownCa {
  /** Let's Encrypt. Needs nothing; keeps no contacts. */
  LETS_ENCRYPT("https://acme-v02.api.letsencrypt.org/directory", false, false),
  /** Let's Encrypt's staging, for tests: higher limits, certificates that nobody trusts. */
  LETS_ENCRYPT_STAGING("https://acme-staging-v02.api.letsencrypt.org/directory", false, false),
  /** ZeroSSL. Needs an external account. Has no staging, and can take long to issue. */
  ZEROSSL("https://acme.zerossl.com/v2/DV90", true, false),
  /**
   * Google Trust Services. Needs an external account, whose credentials can be used once, and a
   * contact: a request without one uses the credentials up and fails.
   */
  GOOGLE("https://dv.acme-v02.api.pki.goog/directory", true, true),
  /** Google's staging, for tests. As {@link #GOOGLE}, with credentials of its own. */
  GOOGLE_STAGING("https://dv.acme-v02.test-api.pki.goog/directory", true, true),
  /**
   * SSL.com, which signs with an EC key. Needs an external account, although its directory says
   * that it does not, and a contact.
   */
  SSL_COM_ECC("https://acme.ssl.com/sslcom-dv-ecc", true, true),
  /** SSL.com, which signs with an RSA key. As {@link #SSL_COM_ECC}. */
  SSL_COM_RSA("https://acme.ssl.com/sslcom-dv-rsa", true, true);

  private final URI directory;
  private final boolean externalAccountRequired;
  private final boolean contactRequired;

  KnownCa(String directory, boolean externalAccountRequired, boolean contactRequired) {
    this.directory = URI.create(directory);
    this.externalAccountRequired = externalAccountRequired;
    this.contactRequired = contactRequired;
  }

  /**
   * The CA that has this directory.
   *
   * @param directory the directory's URL, exactly
   * @return the CA; empty for all others
   */
  public static Optional<KnownCa> at(URI directory) {
    return Arrays.stream(values()).filter(ca -> ca.directory.equals(directory)).findFirst();
  }

  /** {@return the directory's URL} */
  public URI directory() {
    return directory;
  }

  /**
   * {@return whether a new account needs an external account binding, whatever the directory says}
   */
  public boolean externalAccountRequired() {
    return externalAccountRequired;
  }

  /** {@return whether a new account needs a contact} */
  public boolean contactRequired() {
    return contactRequired;
  }
}
