package io.github.certflux.manager;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a server's certificate by the name that the handshake asks for, and for a client the one
 * that a server shows where no name is asked for. An alias names one certificate, not the newest:
 * TLS asks for chain and key one after the other, and a renewal may come between.
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

  @Override
  public @Nullable String chooseEngineClientAlias(
      String @Nullable [] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    return clientAlias(keyTypes, issuers);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String @Nullable [] keyTypes, Principal @Nullable [] issuers, Socket socket) {
    return clientAlias(keyTypes, issuers);
  }

  /** None where the server names whom it trusts, and the issuers are not among them. */
  private @Nullable String clientAlias(
      String @Nullable [] keyTypes, Principal @Nullable [] issuers) {
    Managed managed = byServerName.apply(Optional.empty());
    if (keyTypes != null) {
      for (String keyType : keyTypes) {
        String alias = alias(managed, keyType, certificate -> isTrusted(certificate, issuers));
        if (alias != null) {
          return alias;
        }
      }
    }
    return null;
  }

  private static boolean isTrusted(ManagedCertificate certificate, Principal @Nullable [] issuers) {
    return issuers == null
        || issuers.length == 0
        || certificate.chain().stream()
            .anyMatch(each -> Arrays.asList(issuers).contains(each.getIssuerX500Principal()));
  }

  private @Nullable String alias(String keyType, @Nullable SSLSession session) {
    return alias(byServerName.apply(serverName(session)), keyType, certificate -> true);
  }

  private static @Nullable String alias(
      @Nullable Managed managed, String keyType, Predicate<ManagedCertificate> wanted) {
    if (managed == null) {
      return null;
    }
    ManagedCertificate certificate = managed.certificate;
    return certificate != null && fits(certificate, keyType) && wanted.test(certificate)
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
}
