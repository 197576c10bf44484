package io.github.certflux.manager;

import io.github.certflux.internal.Chains;
import io.github.certflux.internal.KeyPem;
import io.github.certflux.protocol.CertificateId;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.URI;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A certificate that is kept valid, with its chain and its key. Immutable. */
public final class ManagedCertificate {
  private final List<String> names;
  private final List<X509Certificate> chain;
  private final KeyPair key;
  private final @Nullable URI ca;
  private final Optional<CertificateId> id;

  ManagedCertificate(
      List<String> names, List<X509Certificate> chain, KeyPair key, @Nullable URI ca) {
    this.names = names;
    this.chain = List.copyOf(chain);
    this.key = key;
    this.ca = ca;
    this.id = named(chain.get(0));
  }

  /**
   * What it is kept for, as {@link CertificateEvent#names} has it.
   *
   * @return DNS names in A-labels and addresses
   */
  public List<String> names() {
    return names;
  }

  /**
   * The certificate and its issuers, the certificate first.
   *
   * @return the chain; never empty
   */
  public List<X509Certificate> chain() {
    return chain;
  }

  /**
   * Its private key.
   *
   * @return the key
   */
  public PrivateKey privateKey() {
    return key.getPrivate();
  }

  /**
   * Which CA it is from.
   *
   * @return its directory; empty where it was imported from elsewhere
   */
  public Optional<URI> ca() {
    return Optional.ofNullable(ca);
  }

  /**
   * The end of its validity.
   *
   * @return when it expires
   */
  public Instant notAfter() {
    return chain.get(0).getNotAfter().toInstant();
  }

  /**
   * How renewal information names it (RFC 9773 §4.1).
   *
   * @return its identifier; empty for a certificate that does not name its issuer's key
   */
  public Optional<CertificateId> id() {
    return id;
  }

  private static Optional<CertificateId> named(X509Certificate certificate) {
    try {
      return Optional.of(CertificateId.of(certificate));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * The chain in PEM, the certificate first.
   *
   * @return the PEM text
   */
  public String chainPem() {
    return Chains.pem(chain);
  }

  /**
   * The key as PKCS#8 in PEM: a secret.
   *
   * @return the PEM text
   */
  public String keyPem() {
    return KeyPem.encode(key.getPrivate());
  }

  /**
   * Begins a TLS server's context with this certificate alone, for Netty and Reactor Netty. Its
   * {@code build} loads classes and encrypts the key: not for an event loop. A server that is to
   * have each certificate at its time takes {@link CertificateManager#keyManager}.
   *
   * @return the builder
   */
  public SslContextBuilder sslContext() {
    return SslContextBuilder.forServer(key.getPrivate(), chain);
  }

  KeyPair key() {
    return key;
  }

  Validity validity() {
    return Validity.of(chain.get(0));
  }

  /** Names and expiry, never the key. */
  @Override
  public String toString() {
    return "ManagedCertificate[" + String.join(", ", names) + ", until " + notAfter() + "]";
  }
}
