package io.github.certflux.spring;

import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.ssl.SslBundleRegistrar;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundleKey;
import org.springframework.boot.ssl.SslBundleRegistry;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;

/**
 * The SSL bundle {@code certflux}. It is there before there is a certificate, and its key manager
 * always has the current ones; whoever has asked to be told of updates is told of each renewal.
 */
final class ServerBundle implements SslBundleRegistrar {
  /** The bundle's name, for {@code SslBundles.getBundle} and {@code spring.…ssl.bundle}. */
  static final String NAME = "certflux";

  private final ServerKeyManager keys;
  private final SslBundle bundle;
  private @Nullable SslBundleRegistry registry;

  /**
   * Depends on no other bean: whatever those are made of may itself want a bundle.
   *
   * @param options ciphers and versions of TLS
   */
  ServerBundle(SslOptions options, Instant now) {
    keys = new ServerKeyManager(Placeholder.create(now));
    bundle =
        SslBundle.of(
            SslStoreBundle.NONE,
            SslBundleKey.NONE,
            options,
            SslBundle.DEFAULT_PROTOCOL,
            SslManagerBundle.of(keys.factory(), trust()));
  }

  /** Shows these from now on, where there are any, in place of the placeholder. */
  void show(X509ExtendedKeyManager kept) {
    keys.show(kept);
  }

  @Override
  public synchronized void registerBundles(SslBundleRegistry bundles) {
    bundles.registerBundle(NAME, bundle);
    registry = bundles;
  }

  /** Tells those who keep a context of their own. Makes contexts anew: not for an event loop. */
  synchronized void updated() {
    if (registry != null) {
      registry.updateBundle(NAME, bundle);
    }
  }

  private static TrustManagerFactory trust() {
    try {
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init((KeyStore) null);
      return trust;
    } catch (NoSuchAlgorithmException | KeyStoreException e) {
      throw new IllegalStateException("the JVM has no trusted roots", e);
    }
  }
}
