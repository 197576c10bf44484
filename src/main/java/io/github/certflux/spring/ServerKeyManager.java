package io.github.certflux.spring;

import java.net.Socket;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificates that are kept, each for its names; for all other names the server's own, and the
 * placeholder as long as there is none. Always the current one: a renewal needs no new context.
 */
final class ServerKeyManager extends X509ExtendedKeyManager {
  private static final String PLACEHOLDER = "placeholder";

  private final X509ExtendedKeyManager kept;
  private final Placeholder placeholder;

  ServerKeyManager(X509ExtendedKeyManager kept, Placeholder placeholder) {
    this.kept = kept;
    this.placeholder = placeholder;
  }

  /** As Spring's bundles have it. */
  KeyManagerFactory factory() {
    return new Factory(this);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    return orPlaceholder(kept.chooseEngineServerAlias(keyType, issuers, engine), keyType);
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, Socket socket) {
    return orPlaceholder(kept.chooseServerAlias(keyType, issuers, socket), keyType);
  }

  private static @Nullable String orPlaceholder(@Nullable String alias, String keyType) {
    return alias == null && keyType.startsWith("EC") ? PLACEHOLDER : alias;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return PLACEHOLDER.equals(alias)
        ? new X509Certificate[] {placeholder.certificate()}
        : kept.getCertificateChain(alias);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return PLACEHOLDER.equals(alias) ? placeholder.key() : kept.getPrivateKey(alias);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return kept.getServerAliases(keyType, issuers);
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return kept.getClientAliases(keyType, issuers);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String @Nullable [] keyTypes, Principal @Nullable [] issuers, Socket socket) {
    return kept.chooseClientAlias(keyTypes, issuers, socket);
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
