package io.github.certflux.manager;

import io.github.certflux.internal.ChainFormatException;
import io.github.certflux.internal.Chains;
import io.github.certflux.internal.KeyPem;
import io.github.certflux.protocol.KeyFormatException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes over accounts and certificates from other clients, for {@code AcmeClient.importAccount} and
 * {@link CertificateManager#importCertificate}.
 */
public final class Migration {
  private Migration() {}

  /**
   * What certbot has left.
   *
   * @param folder its configuration folder, as a rule {@code /etc/letsencrypt}
   * @return accounts and certificates in it
   */
  public static CertbotFolder certbot(Path folder) {
    return new CertbotFolder(folder);
  }

  /**
   * A key pair from a private key in PEM: SEC1 and PKCS#1, as acme4j's {@code KeyPairUtils} and
   * OpenSSL write them, or PKCS#8, not encrypted. With it {@code AcmeClient.importAccount} takes
   * over an account by its URL. Takes milliseconds for RSA: not for an event loop.
   *
   * @param pem one key and nothing else, 64 KiB at most
   * @return the pair
   * @throws MigrationException if it is anything else; the message quotes nothing of it
   */
  public static KeyPair keyPair(String pem) {
    return keyPair(pem, null);
  }

  /**
   * A certificate chain from PEM.
   *
   * @param pem the certificate first, then its issuers; 16 at most, 256 KiB at most
   * @return the chain
   * @throws MigrationException if it is anything else
   */
  public static List<X509Certificate> chain(String pem) {
    return chain(pem, null);
  }

  static KeyPair keyPair(String pem, @Nullable Path from) {
    try {
      return KeyPem.parse(pem);
    } catch (KeyFormatException e) {
      throw new MigrationException(from, String.valueOf(e.getMessage()), null);
    }
  }

  static List<X509Certificate> chain(String pem, @Nullable Path from) {
    try {
      return Chains.parse(pem.getBytes(StandardCharsets.ISO_8859_1));
    } catch (ChainFormatException e) {
      throw new MigrationException(from, "no certificate chain: " + e.getMessage(), e);
    }
  }
}
