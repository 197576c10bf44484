package io.github.certflux.testca;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Map;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.util.PublicKeyFactory;

/** Public keys from JWK to Bouncy Castle and back. */
final class PublicKeys {

  /** P-256, on the curve implementation made for it, which is the fast one. */
  static final ECDomainParameters P_256 =
      new ECNamedDomainParameters(SECObjectIdentifiers.secp256r1, curve("P-256"));

  private static final Map<Curve, ECDomainParameters> CURVES =
      Map.of(
          Curve.P_256, P_256,
          Curve.P_384, new ECNamedDomainParameters(SECObjectIdentifiers.secp384r1, curve("P-384")),
          Curve.P_521, new ECNamedDomainParameters(SECObjectIdentifiers.secp521r1, curve("P-521")));

  private PublicKeys() {}

  private static X9ECParameters curve(String name) {
    return CustomNamedCurves.getByName(name);
  }

  /**
   * An elliptic curve key.
   *
   * @throws IllegalArgumentException for an unknown curve, or a point that is not on it
   */
  static ECPublicKeyParameters parameters(ECKey key) {
    ECDomainParameters domain = CURVES.get(key.getCurve());
    if (domain == null) {
      throw new IllegalArgumentException("unsupported curve " + key.getCurve());
    }
    return new ECPublicKeyParameters(
        domain
            .getCurve()
            .createPoint(key.getX().decodeToBigInteger(), key.getY().decodeToBigInteger()),
        domain);
  }

  /** An RSA key, not checked for small factors: that takes longer than a signature. */
  static RSAKeyParameters parameters(RSAKey key) {
    return new RSAKeyParameters(
        false,
        key.getModulus().decodeToBigInteger(),
        key.getPublicExponent().decodeToBigInteger(),
        true);
  }

  /** The thumbprint of RFC 7638. */
  static String thumbprint(JWK key) {
    try {
      return key.computeThumbprint().toString();
    } catch (JOSEException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /**
   * The thumbprint of a certificate's key.
   *
   * @throws IllegalArgumentException for a key that this CA does not sign
   */
  static String thumbprint(SubjectPublicKeyInfo info) {
    return thumbprint(jwk(info));
  }

  /**
   * The key of a CSR or a certificate.
   *
   * @throws IllegalArgumentException for a key that this CA does not sign
   */
  static JWK jwk(SubjectPublicKeyInfo info) {
    AsymmetricKeyParameter key;
    try {
      if (info.getAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)) {
        // Not by the factory, which tests the modulus with randomness that may block.
        RSAPublicKey rsa = RSAPublicKey.getInstance(info.parsePublicKey());
        return new RSAKey.Builder(
                Base64URL.encode(rsa.getModulus()), Base64URL.encode(rsa.getPublicExponent()))
            .build();
      }
      key = PublicKeyFactory.createKey(info);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException("unreadable public key", e);
    }
    if (key instanceof ECPublicKeyParameters ec) {
      for (Map.Entry<Curve, ECDomainParameters> known : CURVES.entrySet()) {
        if (known.getValue().getCurve().equals(ec.getParameters().getCurve())) {
          int bits = ec.getParameters().getCurve().getFieldSize();
          BigInteger x = ec.getQ().getAffineXCoord().toBigInteger();
          BigInteger y = ec.getQ().getAffineYCoord().toBigInteger();
          return new ECKey.Builder(
                  known.getKey(), ECKey.encodeCoordinate(bits, x), ECKey.encodeCoordinate(bits, y))
              .build();
        }
      }
    }
    throw new IllegalArgumentException("unsupported key type");
  }

  /** Why the CA does not take the key, {@code ""} when it does. */
  static String weakness(JWK key) {
    if (key instanceof RSAKey rsa) {
      int bits = rsa.getModulus().decodeToBigInteger().bitLength();
      return bits < 2048 || bits > 4096 ? "key size not supported: " + bits : "";
    }
    if (key instanceof ECKey ec && CURVES.containsKey(ec.getCurve())) {
      try {
        parameters(ec);
        return "";
      } catch (IllegalArgumentException e) {
        return "point is not on the curve";
      }
    }
    return "key type not supported";
  }

  /** The one algorithm that goes with a key, whose weakness was asked for before. */
  static JWSAlgorithm algorithm(JWK key) {
    if (key instanceof ECKey ec) {
      return ec.getCurve().equals(Curve.P_256)
          ? JWSAlgorithm.ES256
          : ec.getCurve().equals(Curve.P_384) ? JWSAlgorithm.ES384 : JWSAlgorithm.ES512;
    }
    return JWSAlgorithm.RS256;
  }
}
