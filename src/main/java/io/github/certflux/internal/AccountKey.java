package io.github.certflux.internal;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.KeyType;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An account key, here or elsewhere, with what is derived from it. Two are equal when their public
 * keys are.
 */
public final class AccountKey {
  private final PublicKey publicKey;
  private final @Nullable PrivateKey privateKey;
  private final @Nullable String reference;
  private final Signer signer;
  private final KeyType type;
  private final String jwkJson;
  private final String thumbprint;

  private AccountKey(
      PublicKey publicKey,
      @Nullable PrivateKey privateKey,
      @Nullable String reference,
      Signer signer) {
    this.publicKey = publicKey;
    this.privateKey = privateKey;
    this.reference = reference;
    this.signer = signer;
    JWK jwk = signer.publicJwk();
    this.type = Keys.type(jwk);
    this.jwkJson = jwk.toJSONString();
    try {
      this.thumbprint = jwk.computeThumbprint().toString();
    } catch (JOSEException e) {
      throw new IllegalStateException("this JVM has no SHA-256", e);
    }
  }

  private AccountKey(AccountKey key, Signer signer) {
    this.publicKey = key.publicKey;
    this.privateKey = key.privateKey;
    this.reference = key.reference;
    this.signer = signer;
    this.type = key.type;
    this.jwkJson = key.jwkJson;
    this.thumbprint = key.thumbprint;
  }

  /**
   * An account key; cheap enough for any thread. That the private key belongs to the public one is
   * not checked: {@link Keys#check} is for what a user gives.
   *
   * @throws KeyFormatException for a key that ACME has no algorithm for
   */
  public static AccountKey of(KeyPair pair, Crypto crypto) {
    return new AccountKey(pair.getPublic(), pair.getPrivate(), null, crypto.signer(pair));
  }

  /** A key that is elsewhere; cheap enough for any thread. */
  public static AccountKey of(RemoteSigner signer) {
    return new AccountKey(signer.publicKey(), null, signer.reference(), signer);
  }

  /** The public key. */
  public PublicKey publicKey() {
    return publicKey;
  }

  /** The private key; empty when it is elsewhere. */
  public Optional<PrivateKey> privateKey() {
    return Optional.ofNullable(privateKey);
  }

  /** What names the key where it is; empty when it is here. */
  public Optional<String> reference() {
    return Optional.ofNullable(reference);
  }

  /** Signs with it. */
  public Signer signer() {
    return signer;
  }

  /** Its kind; for an RSA key of another length, the next one below. */
  public KeyType type() {
    return type;
  }

  /** The public key (RFC 7517). */
  public JWK jwk() {
    return signer.publicJwk();
  }

  /** The public key as JSON. */
  String jwkJson() {
    return jwkJson;
  }

  /** SHA-256 of the public key in base64url (RFC 7638). */
  public String thumbprint() {
    return thumbprint;
  }

  /** What the challenge with this token asks to be shown (RFC 8555 §8.1). */
  public String keyAuthorization(String token) {
    return token + '.' + thumbprint;
  }

  /**
   * This key, signing by the first algorithm of a server's list that it can (RFC 8555 §6.2); empty
   * when there is none. Names that are not known are passed over.
   */
  public Optional<AccountKey> withAlgorithm(List<String> offered) {
    return offered.stream()
        .map(JWSAlgorithm::parse)
        .flatMap(algorithm -> signer.withAlgorithm(algorithm).stream())
        .findFirst()
        .map(other -> new AccountKey(this, other));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AccountKey key && key.thumbprint.equals(thumbprint);
  }

  @Override
  public int hashCode() {
    return thumbprint.hashCode();
  }

  @Override
  public String toString() {
    return "AccountKey[" + type + " " + thumbprint + "]";
  }
}
