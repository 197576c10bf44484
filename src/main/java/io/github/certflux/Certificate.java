package io.github.certflux;

import io.github.certflux.internal.Chains;
import io.github.certflux.internal.KeyPem;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A certificate with its chain, as the server gave it, and its key if Certflux made or had it. */
public final class Certificate {
  private final URI url;
  private final List<X509Certificate> chain;
  private final Optional<KeyPair> key;

  private final List<URI> alternates;
  private final boolean preferred;

  Certificate(
      URI url,
      List<X509Certificate> chain,
      Optional<KeyPair> key,
      List<URI> alternates,
      boolean preferred) {
    this.url = url;
    this.chain = List.copyOf(chain);
    this.key = key;
    this.alternates = List.copyOf(alternates);
    this.preferred = preferred;
  }

  /**
   * Where it was downloaded (RFC 8555 §7.4.2).
   *
   * @return the URL
   */
  public URI url() {
    return url;
  }

  /**
   * The certificate and its issuers, the certificate first; never empty, mostly without the root.
   *
   * @return the chain
   */
  public List<X509Certificate> chain() {
    return chain;
  }

  /**
   * Where the server has other chains of the same certificate (RFC 8555 §7.4.2): 8 at most, in its
   * order.
   *
   * @return the URLs beside that of the default chain; empty where there is no other
   */
  public List<URI> alternates() {
    return alternates;
  }

  /**
   * Whether the chain is as it was wanted; true where no chain was asked for.
   *
   * @return false if no chain of the server fitted, and this is its default one
   */
  public boolean preferred() {
    return preferred;
  }

  /**
   * The certificate's key; empty when the user's own CSR was sent.
   *
   * @return the key pair
   */
  public Optional<KeyPair> key() {
    return key;
  }

  /**
   * The end of the certificate's validity.
   *
   * @return when it expires
   */
  public Instant notAfter() {
    return chain.get(0).getNotAfter().toInstant();
  }

  /**
   * The chain in PEM, the certificate first: what servers call a full chain.
   *
   * @return the PEM text
   */
  public String chainPem() {
    return Chains.pem(chain);
  }

  /**
   * The key as PKCS#8 in PEM: a secret.
   *
   * @return the PEM text; empty when the user's own CSR was sent
   */
  public Optional<String> keyPem() {
    return key.map(pair -> KeyPem.encode(pair.getPrivate()));
  }

  /**
   * Chain and key as a key store, under the alias {@code acme}, as {@code KeyManagerFactory} and
   * Spring's SSL bundles take it: {@code SslBundle.of(SslStoreBundle.of(store, password, null))}.
   * Encrypting the key takes milliseconds: not for an event loop.
   *
   * @param password protects the key; stays the caller's to clear
   * @return a PKCS#12 key store in memory
   * @throws IllegalStateException when the user's own CSR was sent, so that the key is not here
   */
  public KeyStore keyStore(char[] password) {
    PrivateKey secret = requiredKey();
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("acme", secret, password, chain.toArray(X509Certificate[]::new));
      return store;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this JVM makes no PKCS#12 key store", e);
    }
  }

  /**
   * Chain and key as a PKCS#12 file (RFC 7292), under the alias {@code acme}: a secret. Deriving
   * keys from the password takes milliseconds: not for an event loop.
   *
   * @param password protects the whole; stays the caller's to clear
   * @return the file's content
   * @throws IllegalStateException when the user's own CSR was sent, so that the key is not here
   */
  public byte[] pkcs12(char[] password) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      keyStore(password).store(bytes, password);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this JVM writes no PKCS#12", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Begins a TLS server's context with chain and key, for Netty and Reactor Netty. Its {@code
   * build} loads classes and encrypts the key: not for an event loop.
   *
   * @return the builder
   * @throws IllegalStateException when the user's own CSR was sent, so that the key is not here
   */
  public SslContextBuilder sslContext() {
    return SslContextBuilder.forServer(requiredKey(), chain);
  }

  private PrivateKey requiredKey() {
    return key.map(KeyPair::getPrivate)
        .orElseThrow(
            () ->
                new IllegalStateException("the key of this certificate is where its CSR is from"));
  }

  /** Subject names and expiry, never the key. */
  @Override
  public String toString() {
    return "Certificate[" + url + ", until " + notAfter() + "]";
  }
}
