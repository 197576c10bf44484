package io.github.certflux.testca;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.math.ec.ECFieldElement;
import org.bouncycastle.math.ec.ECMultiplier;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.operator.ContentSigner;

/**
 * A P-256 key of the CA. Its signatures are deterministic (RFC 6979): they draw no randomness,
 * which could block, and the same seed gives the same chains.
 */
record CaKey(ECPrivateKeyParameters key, SubjectPublicKeyInfo info) {
  private static final AlgorithmIdentifier ECDSA_SHA256 =
      new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);

  private static final ECMultiplier MULTIPLIER = new FixedPointCombMultiplier();

  static CaKey generate(Chance chance) {
    BigInteger n = PublicKeys.P_256.getN();
    BigInteger d =
        new BigInteger(1, chance.bytes(40)).mod(n.subtract(BigInteger.ONE)).add(BigInteger.ONE);
    ECPublicKeyParameters publicKey =
        new ECPublicKeyParameters(
            affine(MULTIPLIER.multiply(PublicKeys.P_256.getG(), d)), PublicKeys.P_256);
    try {
      return new CaKey(
          new ECPrivateKeyParameters(d, PublicKeys.P_256),
          SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(publicKey));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Signs one thing. */
  ContentSigner signer() {
    ByteArrayOutputStream content = new ByteArrayOutputStream(1024);
    return new ContentSigner() {
      @Override
      public AlgorithmIdentifier getAlgorithmIdentifier() {
        return ECDSA_SHA256;
      }

      @Override
      public OutputStream getOutputStream() {
        return content;
      }

      @Override
      public byte[] getSignature() {
        return sign(content.toByteArray());
      }
    };
  }

  private byte[] sign(byte[] content) {
    SHA256Digest digest = new SHA256Digest();
    digest.update(content, 0, content.length);
    byte[] hash = new byte[digest.getDigestSize()];
    digest.doFinal(hash, 0);
    BigInteger n = PublicKeys.P_256.getN();
    BigInteger d = key.getD();
    HMacDSAKCalculator nonces = new HMacDSAKCalculator(new SHA256Digest());
    nonces.init(n, d, hash);
    BigInteger r;
    BigInteger s;
    do {
      BigInteger k = nonces.nextK();
      ECPoint point = affine(MULTIPLIER.multiply(PublicKeys.P_256.getG(), k));
      r = point.getAffineXCoord().toBigInteger().mod(n);
      s = k.modInverse(n).multiply(new BigInteger(1, hash).add(d.multiply(r))).mod(n);
    } while (r.signum() == 0 || s.signum() == 0);
    try {
      return StandardDSAEncoding.INSTANCE.encode(n, r, s);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** From Jacobian coordinates. {@code ECPoint.normalize} would draw from a device that blocks. */
  private static ECPoint affine(ECPoint point) {
    ECFieldElement inverse = point.getZCoord(0).invert();
    ECFieldElement square = inverse.square();
    return PublicKeys.P_256
        .getCurve()
        .createPoint(
            point.getRawXCoord().multiply(square).toBigInteger(),
            point.getRawYCoord().multiply(square).multiply(inverse).toBigInteger());
  }
}
