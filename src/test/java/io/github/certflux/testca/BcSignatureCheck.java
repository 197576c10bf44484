package io.github.certflux.testca;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.RSADigestSigner;

/**
 * Bouncy Castle without the JCA: on JDK 17 it verifies P-256 several times as fast as the JDK does,
 * and it looks up no provider, which could block an event loop.
 */
enum BcSignatureCheck implements SignatureCheck {
  INSTANCE;

  @Override
  public boolean verifies(JWSAlgorithm algorithm, JWK key, byte[] signingInput, byte[] signature) {
    if (key instanceof ECKey ec) {
      return ecdsa(algorithm, PublicKeys.parameters(ec), signingInput, signature);
    }
    return key instanceof RSAKey rsa && rsa(PublicKeys.parameters(rsa), signingInput, signature);
  }

  private static boolean ecdsa(
      JWSAlgorithm algorithm, ECPublicKeyParameters key, byte[] signingInput, byte[] signature) {
    int half = (key.getParameters().getN().bitLength() + 7) / 8;
    if (signature.length != 2 * half) {
      return false;
    }
    Digest digest = digest(algorithm);
    digest.update(signingInput, 0, signingInput.length);
    byte[] hash = new byte[digest.getDigestSize()];
    digest.doFinal(hash, 0);
    ECDSASigner signer = new ECDSASigner();
    signer.init(false, key);
    return signer.verifySignature(
        hash,
        new BigInteger(1, Arrays.copyOfRange(signature, 0, half)),
        new BigInteger(1, Arrays.copyOfRange(signature, half, 2 * half)));
  }

  private static Digest digest(JWSAlgorithm algorithm) {
    if (algorithm.equals(JWSAlgorithm.ES256)) {
      return SHA256Digest.newInstance();
    }
    return algorithm.equals(JWSAlgorithm.ES384) ? new SHA384Digest() : new SHA512Digest();
  }

  private static boolean rsa(RSAKeyParameters key, byte[] signingInput, byte[] signature) {
    RSADigestSigner signer = new RSADigestSigner(SHA256Digest.newInstance());
    signer.init(false, key);
    signer.update(signingInput, 0, signingInput.length);
    return signer.verifySignature(signature);
  }
}
