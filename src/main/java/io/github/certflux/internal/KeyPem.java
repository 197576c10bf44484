package io.github.certflux.internal;

import com.nimbusds.jose.jwk.Curve;
import io.github.certflux.internal.Pem.Block;
import io.github.certflux.internal.Pem.PemException;
import io.github.certflux.protocol.KeyFormatException;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.jspecify.annotations.Nullable;

/**
 * Private keys as text: written as PKCS#8, read as PKCS#8, SEC1 and PKCS#1, as OpenSSL and other
 * clients write them. Reading takes milliseconds for RSA: not on an event loop.
 */
public final class KeyPem {
  private static final int MAX_CHARS = 64 * 1024;
  private static final String PKCS8 = "PRIVATE KEY";
  private static final String SEC1 = "EC PRIVATE KEY";
  private static final String PKCS1 = "RSA PRIVATE KEY";

  /** {@code openssl ecparam -genkey} writes it before the key, which names its curve itself. */
  private static final String SEC1_PARAMETERS = "EC PARAMETERS";

  private KeyPem() {}

  /**
   * A private key as PKCS#8 PEM.
   *
   * @throws KeyFormatException for a key that can't leave the device that it is in
   */
  public static String encode(PrivateKey key) {
    byte[] der = key.getEncoded();
    if (der == null || !"PKCS#8".equals(key.getFormat())) {
      throw new KeyFormatException("the private key can't be exported by its provider");
    }
    return Pem.encode(PKCS8, der);
  }

  /** A public key as PEM (RFC 7468 §13). */
  public static String encode(PublicKey key) {
    return Pem.encode("PUBLIC KEY", key.getEncoded());
  }

  /**
   * The pair of a private key in PEM, one key and nothing else, up to 64 KiB. The public key is
   * derived from the private one.
   *
   * @throws KeyFormatException for anything else
   */
  public static KeyPair parse(String pem) {
    if (pem.length() > MAX_CHARS) {
      throw new KeyFormatException("a text of more than 64 KiB is not a private key");
    }
    Block block = keyBlock(pem);
    try {
      return switch (block.label()) {
        case PKCS8 -> pkcs8(block.der());
        case SEC1 -> sec1(ECPrivateKey.getInstance(asn1(block.der())), null);
        case PKCS1 -> rsa(RSAPrivateKey.getInstance(asn1(block.der())));
        case "ENCRYPTED PRIVATE KEY" ->
            throw new KeyFormatException("the private key is encrypted; decrypt it first");
        default ->
            throw new KeyFormatException(
                "expected a private key in PEM, but found the label " + block.label());
      };
    } catch (KeyFormatException e) {
      throw e;
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // The parser's message may quote what it read.
      throw new KeyFormatException(
          "the block " + block.label() + " in line " + block.line() + " does not hold such a key");
    }
  }

  private static Block keyBlock(String pem) {
    List<Block> blocks;
    try {
      blocks = Pem.decode(pem, 2);
    } catch (PemException e) {
      throw new KeyFormatException("not a private key in PEM: " + e.getMessage());
    }
    if (blocks.isEmpty()) {
      throw new KeyFormatException("not a private key in PEM: there is nothing in it");
    }
    if (blocks.size() == 1) {
      return blocks.get(0);
    }
    Block second = blocks.get(1);
    if (blocks.get(0).label().equals(SEC1_PARAMETERS) && second.label().equals(SEC1)) {
      return second;
    }
    throw new KeyFormatException("more than one block, the second in line " + second.line());
  }

  private static KeyPair pkcs8(byte[] der) throws IOException, GeneralSecurityException {
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(asn1(der));
    AlgorithmIdentifier algorithm = info.getPrivateKeyAlgorithm();
    ASN1ObjectIdentifier id = algorithm.getAlgorithm();
    if (id.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return sec1(ECPrivateKey.getInstance(info.parsePrivateKey()), algorithm.getParameters());
    }
    if (id.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return rsa(RSAPrivateKey.getInstance(info.parsePrivateKey()));
    }
    throw new KeyFormatException(
        "a private key of the algorithm " + id + "; ACME takes EC and RSA");
  }

  private static KeyPair sec1(ECPrivateKey key, @Nullable ASN1Encodable parameters)
      throws IOException, GeneralSecurityException {
    ASN1ObjectIdentifier curve = namedCurve(parameters, key.getParametersObject());
    X9ECParameters domain = CustomNamedCurves.getByOID(curve);
    BigInteger d = key.getKey();
    if (d.signum() <= 0 || d.compareTo(domain.getN()) >= 0) {
      throw new KeyFormatException("an EC private key that is not in the range of its curve");
    }
    byte[] point =
        new FixedPointCombMultiplier().multiply(domain.getG(), d).normalize().getEncoded(false);
    ASN1BitString given = key.getPublicKey();
    if (given != null && !samePoint(domain, given.getOctets(), point)) {
      throw new KeyFormatException("an EC private key with the public key of another");
    }
    AlgorithmIdentifier algorithm =
        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve);
    ECPrivateKey whole =
        new ECPrivateKey(domain.getN().bitLength(), d, new DERBitString(point), curve);
    KeyFactory factory = KeyFactory.getInstance("EC", Providers.bouncyCastle());
    return new KeyPair(
        factory.generatePublic(
            new X509EncodedKeySpec(new SubjectPublicKeyInfo(algorithm, point).getEncoded())),
        factory.generatePrivate(
            new PKCS8EncodedKeySpec(new PrivateKeyInfo(algorithm, whole).getEncoded())));
  }

  private static boolean samePoint(X9ECParameters domain, byte[] given, byte[] derived) {
    return given.length == derived.length
        ? Arrays.equals(given, derived)
        : Arrays.equals(domain.getCurve().decodePoint(given).getEncoded(false), derived);
  }

  /** The curve by its name, from outside the key or within; where both have it, the same. */
  private static ASN1ObjectIdentifier namedCurve(
      @Nullable ASN1Encodable outside, @Nullable ASN1Encodable within) {
    ASN1Encodable parameters = outside == null ? within : outside;
    if (within != null && !within.equals(parameters)) {
      throw new KeyFormatException("an EC private key that names two curves");
    }
    if (!(parameters instanceof ASN1ObjectIdentifier id)) {
      throw new KeyFormatException("an EC private key without the name of its curve");
    }
    for (Curve curve : List.of(Curve.P_256, Curve.P_384, Curve.P_521)) {
      if (id.getId().equals(curve.getOID())) {
        return id;
      }
    }
    throw new KeyFormatException(
        "an EC private key on the curve " + id + "; ACME takes P-256, P-384 and P-521");
  }

  private static KeyPair rsa(RSAPrivateKey key) throws GeneralSecurityException {
    Keys.rsaType(key.getModulus().bitLength());
    KeyFactory factory = KeyFactory.getInstance("RSA");
    KeyPair pair =
        new KeyPair(
            factory.generatePublic(new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent())),
            factory.generatePrivate(
                new RSAPrivateCrtKeySpec(
                    key.getModulus(),
                    key.getPublicExponent(),
                    key.getPrivateExponent(),
                    key.getPrime1(),
                    key.getPrime2(),
                    key.getExponent1(),
                    key.getExponent2(),
                    key.getCoefficient())));
    return Keys.check(pair);
  }

  private static ASN1Primitive asn1(byte[] der) throws IOException {
    return ASN1Primitive.fromByteArray(der);
  }
}
