package io.github.certflux.internal;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.impl.ECDSA;
import com.nimbusds.jose.crypto.impl.RSASSA;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import io.github.certflux.protocol.KeyType;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.jcajce.provider.asymmetric.ec.BCECPrivateKey;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Signs with a key by a Java security provider. */
final class JcaSigner implements Signer {
  /** RFC 7518 §3.3, §3.5; RS256 is what every CA takes. */
  private static final List<JWSAlgorithm> RSA =
      List.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512);

  private final JWSAlgorithm algorithm;
  private final JWK jwk;
  private final PrivateKey key;
  private final @Nullable Provider provider;
  private final SecureRandom random;
  private final @Nullable Scheduler worker;

  private JcaSigner(
      JWSAlgorithm algorithm,
      JWK jwk,
      PrivateKey key,
      @Nullable Provider provider,
      SecureRandom random,
      @Nullable Scheduler worker) {
    this.algorithm = algorithm;
    this.jwk = jwk;
    this.key = key;
    this.provider = provider;
    this.random = random;
    this.worker = worker;
  }

  static JcaSigner of(KeyPair pair, Providers providers, SecureRandom random, Scheduler worker) {
    PublicKey publicKey = pair.getPublic();
    KeyType type = Keys.type(publicKey);
    Curve curve = Keys.curve(type);
    Provider provider = curve == null ? providers.rsa() : providers.ec();
    PrivateKey own = translated(pair.getPrivate(), curve, provider);
    // Measured with 256 in flight between two event loops: signing with Bouncy Castle there takes
    // 62 µs of CPU, and 70 to 73 on another thread. That is worth it, for 32 streams that are
    // answered at once would keep an event loop from its other connections for 2 ms. With Corretto
    // (13 µs for P-256) it is not; its P-384 takes 62 µs again.
    boolean inline = providers.cheap() && type == KeyType.EC_P256 && own != null;
    return new JcaSigner(
        Keys.algorithm(type),
        Keys.jwk(publicKey),
        own == null ? pair.getPrivate() : own,
        own == null ? null : provider,
        random,
        inline ? null : worker);
  }

  /**
   * The key as an object of the provider, which would otherwise convert it for each signature;
   * {@code null} when the key can't leave the device that it is in: the JVM then finds the provider
   * that it belongs to.
   */
  private static @Nullable PrivateKey translated(
      PrivateKey key, @Nullable Curve curve, @Nullable Provider provider) {
    if (provider == null) {
      return null;
    }
    try {
      if (provider instanceof BouncyCastleProvider) {
        return curve == null ? key : onSharedCurve((ECPrivateKey) key, curve);
      }
      String algorithm = curve == null ? "RSA" : "EC";
      return (PrivateKey) KeyFactory.getInstance(algorithm, provider).translateKey(key);
    } catch (GeneralSecurityException | RuntimeException e) {
      return null;
    }
  }

  /**
   * Bouncy Castle's own conversion makes a curve for each key: it tests by randomness from the
   * operating system whether its prime is one, which blocks, and its tables cost as much as two
   * signatures.
   */
  private static PrivateKey onSharedCurve(ECPrivateKey key, Curve curve) {
    return new BCECPrivateKey(
        "EC",
        new ECPrivateKeyParameters(
            key.getS(), ECNamedDomainParameters.lookup(new ASN1ObjectIdentifier(curve.getOID()))),
        BouncyCastleProvider.CONFIGURATION);
  }

  @Override
  public JWSAlgorithm algorithm() {
    return algorithm;
  }

  @Override
  public JWK publicJwk() {
    return jwk;
  }

  @Override
  public Optional<Signer> withAlgorithm(JWSAlgorithm wanted) {
    if (wanted.equals(algorithm)) {
      return Optional.of(this);
    }
    return jwk instanceof RSAKey && RSA.contains(wanted)
        ? Optional.of(new JcaSigner(wanted, jwk, key, provider, random, worker))
        : Optional.empty();
  }

  @Override
  public Mono<byte[]> sign(byte[] signingInput) {
    Mono<byte[]> signature = Mono.fromCallable(() -> signature(signingInput));
    return worker == null ? signature : signature.subscribeOn(worker);
  }

  /**
   * Signs on this thread. Nimbus chooses the algorithm and converts the signature; its ECDSASigner
   * would add a round through Base64.
   */
  byte[] signature(byte[] input) throws GeneralSecurityException, JOSEException {
    Signature signature = signature();
    signature.initSign(key, random);
    signature.update(input);
    byte[] made = signature.sign();
    return jwk instanceof ECKey
        ? ECDSA.transcodeSignatureToConcat(made, ECDSA.getSignatureByteArrayLength(algorithm))
        : made;
  }

  /** Whether a signature of this key's algorithm is the public key's. */
  boolean verifies(PublicKey publicKey, byte[] input, byte[] made)
      throws GeneralSecurityException, JOSEException {
    Signature signature = signature();
    signature.initVerify(publicKey);
    signature.update(input);
    return signature.verify(jwk instanceof ECKey ? ECDSA.transcodeSignatureToDER(made) : made);
  }

  private Signature signature() throws JOSEException {
    return jwk instanceof ECKey
        ? ECDSA.getSignerAndVerifier(algorithm, provider)
        : RSASSA.getSignerAndVerifier(algorithm, provider);
  }

  @Override
  public String toString() {
    return "JcaSigner[" + algorithm + "]";
  }
}
