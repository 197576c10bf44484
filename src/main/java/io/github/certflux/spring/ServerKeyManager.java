package io.github.certflux.spring;

import java.net.Socket;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
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
  private static final String OWN = "own:";

  /** TLS asks for one type of key after the other, and most clients' first is not an RSA key. */
  private static final List<String> TYPES = List.of("EC", "RSA");

  private final Placeholder placeholder;
  private volatile @Nullable Source source;

  /** The server's own certificate as it was shown last: its key is asked for after its chain. */
  private volatile @Nullable Shown shown;

  /**
   * A certificate.
   *
   * @param chain itself first
   * @param key its key
   */
  record Shown(List<X509Certificate> chain, PrivateKey key) {}

  /**
   * Where certificates are from.
   *
   * @param kept those for the names that are asked for
   * @param own the server's own
   */
  private record Source(X509ExtendedKeyManager kept, Supplier<Optional<Shown>> own) {}

  ServerKeyManager(Placeholder placeholder) {
    this.placeholder = placeholder;
  }

  /** Shows these from now on, where there are any. */
  void show(X509ExtendedKeyManager kept, Supplier<Optional<Shown>> own) {
    source = new Source(kept, own);
  }

  /** As Spring's bundles have it. */
  KeyManagerFactory factory() {
    return new Factory(this);
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    return chosen(keyType, (kept, type) -> kept.chooseEngineServerAlias(type, issuers, engine));
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, Socket socket) {
    return chosen(keyType, (kept, type) -> kept.chooseServerAlias(type, issuers, socket));
  }

  private interface Choice {
    @Nullable String by(X509ExtendedKeyManager kept, String keyType);
  }

  private @Nullable String chosen(String keyType, Choice choice) {
    Source now = source;
    Shown own = null;
    if (now != null) {
      String alias = choice.by(now.kept(), keyType);
      if (alias != null || TYPES.stream().anyMatch(type -> choice.by(now.kept(), type) != null)) {
        return alias;
      }
      own = now.own().get().orElse(null);
    }
    if (own == null) {
      return keyType.startsWith("EC") ? PLACEHOLDER : null;
    }
    if (!keyType.startsWith(own.chain().get(0).getPublicKey().getAlgorithm())) {
      return null;
    }
    shown = own;
    return alias(own);
  }

  private static String alias(Shown own) {
    return OWN + own.chain().get(0).getSerialNumber();
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    if (PLACEHOLDER.equals(alias)) {
      return new X509Certificate[] {placeholder.certificate()};
    }
    Source now = source;
    if (now == null || !alias.startsWith(OWN)) {
      return now == null ? null : now.kept().getCertificateChain(alias);
    }
    Shown own = own(alias, now);
    return own == null ? null : own.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    if (PLACEHOLDER.equals(alias)) {
      return placeholder.key();
    }
    Source now = source;
    if (now == null || !alias.startsWith(OWN)) {
      return now == null ? null : now.kept().getPrivateKey(alias);
    }
    Shown own = own(alias, now);
    return own == null ? null : own.key();
  }

  private @Nullable Shown own(String alias, Source now) {
    Shown last = shown;
    return last != null && alias.equals(alias(last))
        ? last
        : now.own().get().filter(current -> alias.equals(alias(current))).orElse(null);
  }

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
      String @Nullable [] keyTypes, Principal @Nullable [] issuers, Socket socket) {
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
