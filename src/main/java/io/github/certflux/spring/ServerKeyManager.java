package io.github.certflux.spring;

import java.net.Socket;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificates that are kept, and the placeholder where there is none for a handshake. Always
 * the current ones: a renewal needs no new context. A client is shown nothing but what is kept.
 */
final class ServerKeyManager extends X509ExtendedKeyManager {
  private static final String PLACEHOLDER = "placeholder";

  /** TLS asks for one type of key after the other, and most clients' first is not an RSA key. */
  private static final List<String> TYPES = List.of("EC", "RSA");

  private final Placeholder placeholder;
  private volatile @Nullable X509ExtendedKeyManager kept;

  ServerKeyManager(Placeholder placeholder) {
    this.placeholder = placeholder;
  }

  /** Shows these from now on, where there are any. */
  void show(X509ExtendedKeyManager certificates) {
    kept = certificates;
  }

  /** As Spring's bundles have it. */
  KeyManagerFactory factory() {
    return new Factory(this);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    return chosen(keyType, (from, type) -> from.chooseEngineServerAlias(type, issuers, engine));
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, Socket socket) {
    return chosen(keyType, (from, type) -> from.chooseServerAlias(type, issuers, socket));
  }

  private interface Choice {
    @Nullable String by(X509ExtendedKeyManager from, String keyType);
  }

  private @Nullable String chosen(String keyType, Choice choice) {
    X509ExtendedKeyManager from = kept;
    if (from != null) {
      String alias = choice.by(from, keyType);
      if (alias != null || TYPES.stream().anyMatch(type -> choice.by(from, type) != null)) {
        return alias;
      }
    }
    return keyType.startsWith("EC") ? PLACEHOLDER : null;
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String @Nullable [] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    X509ExtendedKeyManager from = kept;
    return from == null ? null : from.chooseEngineClientAlias(keyTypes, issuers, engine);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String @Nullable [] keyTypes, Principal @Nullable [] issuers, Socket socket) {
    X509ExtendedKeyManager from = kept;
    return from == null ? null : from.chooseClientAlias(keyTypes, issuers, socket);
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    if (PLACEHOLDER.equals(alias)) {
      return new X509Certificate[] {placeholder.certificate()};
    }
    X509ExtendedKeyManager from = kept;
    return from == null ? null : from.getCertificateChain(alias);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    if (PLACEHOLDER.equals(alias)) {
      return placeholder.key();
    }
    X509ExtendedKeyManager from = kept;
    return from == null ? null : from.getPrivateKey(alias);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  private static final class Factory extends KeyManagerFactory {
    Factory(KeyManager manager) {
      super(new Spi(manager), new Nobody(), "certflux");
    }
  }

  private static final class Nobody extends Provider {
    private static final long serialVersionUID = 1L;

    Nobody() {
      super("certflux", "1", "certificates that are kept valid");
    }
  }

  private static final class Spi extends KeyManagerFactorySpi {
    private final KeyManager manager;

    Spi(KeyManager manager) {
      this.manager = manager;
    }

    @Override
    protected void engineInit(@Nullable KeyStore store, char @Nullable [] password) {}

    @Override
    protected void engineInit(@Nullable ManagerFactoryParameters parameters) {}

    @Override
    protected KeyManager[] engineGetKeyManagers() {
      return new KeyManager[] {manager};
    }
  }
}
