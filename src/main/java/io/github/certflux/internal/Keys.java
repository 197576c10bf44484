package io.github.certflux.internal;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import io.github.certflux.protocol.KeyFormatException;
import io.github.certflux.protocol.KeyType;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The kinds of keys that ACME has, and whether a key is one of them. */
public final class Keys {
  static final int MIN_RSA_BITS = 2048;
  static final int MAX_RSA_BITS = 8192;
  private static final byte[] PROBE = {'c', 'h', 'e', 'c', 'k'};

  private Keys() {}

  /**
   * The kind of a public key; for RSA of another length, the next one below.
   *
   * @throws KeyFormatException for an unknown algorithm or curve, or RSA of less than 2048 or more
   *     than 8192 bits
   */
  public static KeyType type(PublicKey key) {
    if (key instanceof ECPublicKey ec) {
      return type(Curve.forECParameterSpec(ec.getParams()));
    }
    if (key instanceof RSAPublicKey rsa) {
      return rsaType(rsa.getModulus().bitLength());
    }
    throw new KeyFormatException(
        "a key of the algorithm " + key.getAlgorithm() + "; ACME takes EC and RSA");
  }

  static KeyType type(JWK key) {
    if (key instanceof ECKey ec) {
      return type(ec.getCurve());
    }
    if (key instanceof RSAKey rsa) {
      return rsaType(rsa.size());
    }
    throw new KeyFormatException(
        "a key of the type " + key.getKeyType() + "; ACME takes EC and RSA");
  }

  private static KeyType type(@Nullable Curve curve) {
    for (KeyType type : KeyType.values()) {
      if (curve != null && curve.equals(curve(type))) {
        return type;
      }
    }
    throw new KeyFormatException("a key on another curve than P-256, P-384 and P-521");
  }

  static KeyType rsaType(int bits) {
    if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
      throw new KeyFormatException(
          "an RSA key of "
              + bits
              + " bits; from "
              + MIN_RSA_BITS
              + " to "
              + MAX_RSA_BITS
              + " are allowed");
    }
    return bits >= 4096 ? KeyType.RSA_4096 : bits >= 3072 ? KeyType.RSA_3072 : KeyType.RSA_2048;
  }

  /** The curve of a kind; {@code null} for RSA. */
  static @Nullable Curve curve(KeyType type) {
    return switch (type) {
      case EC_P256 -> Curve.P_256;
      case EC_P384 -> Curve.P_384;
      case EC_P521 -> Curve.P_521;
      case RSA_2048, RSA_3072, RSA_4096 -> null;
    };
  }

  /** What a kind of key signs with where the server wants nothing else (RFC 7518 §3.1). */
  public static JWSAlgorithm algorithm(KeyType type) {
    return switch (type) {
      case EC_P256 -> JWSAlgorithm.ES256;
      case EC_P384 -> JWSAlgorithm.ES384;
      case EC_P521 -> JWSAlgorithm.ES512;
      case RSA_2048, RSA_3072, RSA_4096 -> JWSAlgorithm.RS256; // every CA takes it
    };
  }

  /** The hash of an algorithm, as the JCA names it. */
  public static String hash(JWSAlgorithm algorithm) {
    return "SHA" + algorithm.getName().substring(2);
  }

  /**
   * A public key without any other member than the key itself (RFC 7517).
   *
   * @throws KeyFormatException for a key that ACME does not have
   */
  static JWK jwk(PublicKey key) {
    Curve curve = curve(type(key));
    try {
      return curve == null
          ? new RSAKey.Builder((RSAPublicKey) key).build()
          : new ECKey.Builder(curve, (ECPublicKey) key).build();
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw new KeyFormatException("the public key is not a valid one: " + e.getMessage());
    }
  }

  static int rsaBits(KeyType type) {
    return switch (type) {
      case RSA_2048 -> 2048;
      case RSA_3072 -> 3072;
      case RSA_4096 -> 4096;
      case EC_P256, EC_P384, EC_P521 -> throw new IllegalArgumentException(type + " is not RSA");
    };
  }

  /** Whether two keys are the same, by their numbers: providers encode one key differently. */
  public static boolean same(PublicKey one, PublicKey other) {
    if (one instanceof ECPublicKey a && other instanceof ECPublicKey b) {
      return a.getW().equals(b.getW()) && a.getParams().getCurve().equals(b.getParams().getCurve());
    }
    if (one instanceof RSAPublicKey a && other instanceof RSAPublicKey b) {
      return a.getModulus().equals(b.getModulus())
          && a.getPublicExponent().equals(b.getPublicExponent());
    }
    return Arrays.equals(one.getEncoded(), other.getEncoded());
  }

  /**
   * Checks a pair that a user gives: of a kind that ACME has, and the private key signs for the
   * public one. Works for keys in a device too, and takes milliseconds: not on an event loop.
   *
   * @return the same pair
   * @throws KeyFormatException when it is not one
   */
  public static KeyPair check(KeyPair pair) {
    PublicKey publicKey = pair.getPublic();
    PrivateKey privateKey = pair.getPrivate();
    if (publicKey == null || privateKey == null) {
      throw new KeyFormatException("a key pair without its public or its private key");
    }
    type(publicKey);
    boolean matches;
    try {
      // Without a provider the JVM finds the one that the key belongs to.
      String algorithm = publicKey instanceof RSAPublicKey ? "SHA256withRSA" : "SHA256withECDSA";
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(privateKey);
      signer.update(PROBE);
      byte[] signature = signer.sign();
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(publicKey);
      verifier.update(PROBE);
      matches = verifier.verify(signature);
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new KeyFormatException(
          "the private key of the pair can't sign for its public key: "
              + e.getClass().getSimpleName());
    }
    if (!matches) {
      throw new KeyFormatException("the private key of the pair is not its public key's");
    }
    return pair;
  }
}
