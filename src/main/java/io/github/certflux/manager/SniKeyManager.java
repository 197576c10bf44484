package io.github.certflux.manager;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a server's certificate by the name that the handshake asks for. An alias names one
 * certificate, not the newest: TLS asks for chain and key one after the other, and a renewal may
 * come between.
 */
final class SniKeyManager extends X509ExtendedKeyManager {
  private final Function<Optional<String>, @Nullable Managed> byServerName;
  private final Function<String, @Nullable Managed> byId;

  SniKeyManager(
      Function<Optional<String>, @Nullable Managed> byServerName,
      Function<String, @Nullable Managed> byId) {
    this.byServerName = byServerName;
    this.byId = byId;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    return alias(keyType, engine.getHandshakeSession());
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, Socket socket) {
    return socket instanceof SSLSocket tls ? alias(keyType, tls.getHandshakeSession()) : null;
  }

  private @Nullable String alias(String keyType, @Nullable SSLSession session) {
    Managed managed = byServerName.apply(serverName(session));
    ManagedCertificate certificate = managed == null ? null : managed.certificate;
    return certificate != null && fits(certificate, keyType)
        ? managed.id() + "/" + serial(certificate)
        : null;
  }

  private static Optional<String> serverName(@Nullable SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      for (SNIServerName name : extended.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return Optional.of(host.getAsciiName());
        }
      }
    }
    return Optional.empty();
  }

  /** TLS asks for one type of key after the other; RSASSA-PSS takes an RSA key as well. */
  private static boolean fits(ManagedCertificate certificate, String keyType) {
    String has = certificate.chain().get(0).getPublicKey().getAlgorithm();
    return keyType.equals(has)
        || (has.equals("RSA") && keyType.startsWith("RSA"))
        || (has.equals("EC") && keyType.startsWith("EC"));
  }

  private static String serial(ManagedCertificate certificate) {
    return certificate.chain().get(0).getSerialNumber().toString(16);
  }

  private @Nullable ManagedCertificate named(@Nullable String alias) {
    int slash = alias == null ? -1 : alias.lastIndexOf('/');
    if (alias == null || slash < 0) {
      return null;
    }
    Managed managed = byId.apply(alias.substring(0, slash));
    if (managed == null) {
      return null;
    }
    String serial = alias.substring(slash + 1);
    ManagedCertificate current = managed.certificate;
    if (current != null && serial(current).equals(serial)) {
      return current;
    }
    ManagedCertificate previous = managed.previous.get();
    return previous != null && serial(previous).equals(serial) ? previous : null;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(@Nullable String alias) {
    ManagedCertificate certificate = named(alias);
    return certificate == null ? null : certificate.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(@Nullable String alias) {
    ManagedCertificate certificate = named(alias);
    return certificate == null ? null : certificate.privateKey();
  }

  /** Nobody chooses from ten thousand. */
  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String @Nullable [] keyType, Principal @Nullable [] issuers, Socket socket) {
    return null;
  }
}
