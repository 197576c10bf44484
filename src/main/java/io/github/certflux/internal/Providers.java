package io.github.certflux.internal;

import java.security.Provider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where keys and signatures come from. Providers are passed as instances and never registered with
 * the JVM, which belongs to the application.
 *
 * @param ec for elliptic curves
 * @param rsa for RSA; {@code null} lets the JVM choose
 * @param cheap whether a P-256 signature costs no more than the hop to another thread would
 */
record Providers(Provider ec, @Nullable Provider rsa, boolean cheap) {
  private static final Logger log = LoggerFactory.getLogger(Providers.class);
  private static final String CORRETTO =
      "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";

  private static final class BouncyCastle {
    static final Provider INSTANCE = new BouncyCastleProvider();
  }

  /** Bouncy Castle, which is always there. */
  static Provider bouncyCastle() {
    return BouncyCastle.INSTANCE;
  }

  /**
   * The fastest on the class path. A P-256 signature takes Amazon Corretto 13 µs, Bouncy Castle 58,
   * the JDK 376 (17) or 100 (25); P-384 62, 163, 808 or 760. RSA 2048 takes Corretto 0.2 ms, the
   * other two 0.7.
   */
  static Providers fastest() {
    Provider corretto = corretto(CORRETTO);
    return corretto == null ? portable() : new Providers(corretto, corretto, true);
  }

  /** Bouncy Castle for curves, the JVM's choice for RSA. */
  static Providers portable() {
    return new Providers(bouncyCastle(), null, false);
  }

  /** Corretto when it is on the class path and works on this platform. */
  static @Nullable Provider corretto(String className) {
    try {
      Class<?> type = Class.forName(className, true, Providers.class.getClassLoader());
      Provider provider = (Provider) type.getField("INSTANCE").get(null);
      type.getMethod("assertHealthy").invoke(provider);
      return provider;
    } catch (ClassNotFoundException e) {
      return null;
    } catch (ReflectiveOperationException | LinkageError | RuntimeException e) {
      // Its native library is for another platform, or fails its self-test.
      log.debug("crypto.provider ignored={} reason=\"{}\"", className, rootOf(e));
      return null;
    }
  }

  private static Throwable rootOf(Throwable error) {
    Throwable root = error;
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      root = cause;
    }
    return root;
  }
}
