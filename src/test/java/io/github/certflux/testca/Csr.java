package io.github.certflux.testca;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import io.github.certflux.protocol.Identifier;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.RSADigestSigner;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;

/** A certificate signing request whose signature and key were found right. */
record Csr(
    SubjectPublicKeyInfo key,
    String keyThumbprint,
    Set<Identifier> identifiers,
    boolean mustStaple) {

  /** RFC 7633 §6. */
  private static final ASN1ObjectIdentifier TLS_FEATURE =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.1.24");

  /**
   * Reads and checks a CSR.
   *
   * @throws Refusal with {@code badCSR} when it is not right
   */
  static Csr parse(byte[] der) {
    PKCS10CertificationRequest request;
    JWK key;
    Set<Identifier> identifiers;
    try {
      request = new PKCS10CertificationRequest(der);
      key = PublicKeys.jwk(request.getSubjectPublicKeyInfo());
      identifiers = identifiers(request);
    } catch (IOException | RuntimeException e) {
      throw bad("Error parsing certificate request");
    }
    String weakness = PublicKeys.weakness(key);
    if (!weakness.isEmpty()) {
      throw bad("invalid public key in CSR: " + weakness);
    }
    boolean signed;
    try {
      signed = isSigned(request, key);
    } catch (IOException | RuntimeException e) {
      signed = false;
    }
    if (!signed) {
      throw bad("invalid signature on CSR");
    }
    Extensions extensions = request.getRequestedExtensions();
    return new Csr(
        request.getSubjectPublicKeyInfo(),
        PublicKeys.thumbprint(key),
        Set.copyOf(identifiers),
        extensions != null && extensions.getExtension(TLS_FEATURE) != null);
  }

  private static Refusal bad(String detail) {
    return Refusal.of(400, "badCSR", detail);
  }

  /** The alternative names, and the common name, which must be a name of the order too. */
  private static Set<Identifier> identifiers(PKCS10CertificationRequest request) {
    Set<Identifier> identifiers = new HashSet<>();
    Extensions extensions = request.getRequestedExtensions();
    GeneralNames names =
        extensions == null
            ? null
            : GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
    if (names != null) {
      for (GeneralName name : names.getNames()) {
        identifiers.add(identifier(name));
      }
    }
    for (RDN rdn : request.getSubject().getRDNs(BCStyle.CN)) {
      String name = IETFUtils.valueToString(rdn.getFirst().getValue()).toLowerCase(Locale.ROOT);
      boolean address = NetUtil.createByteArrayFromIpAddressString(name) != null;
      identifiers.add(new Identifier(address ? "ip" : "dns", name));
    }
    return identifiers;
  }

  private static Identifier identifier(GeneralName name) {
    return switch (name.getTagNo()) {
      case GeneralName.dNSName ->
          Identifier.dns(name.getName().toString().toLowerCase(Locale.ROOT));
      case GeneralName.iPAddress ->
          new Identifier(
              "ip",
              NetUtil.bytesToIpAddress(ASN1OctetString.getInstance(name.getName()).getOctets()));
      default -> throw new IllegalArgumentException("unsupported name");
    };
  }

  private static boolean isSigned(PKCS10CertificationRequest request, JWK key) throws IOException {
    byte[] content =
        request.toASN1Structure().getCertificationRequestInfo().getEncoded(ASN1Encoding.DER);
    ASN1ObjectIdentifier algorithm = request.getSignatureAlgorithm().getAlgorithm();
    Digest digest = digest(algorithm);
    if (key instanceof RSAKey rsa) {
      RSADigestSigner signer = new RSADigestSigner(digest);
      signer.init(false, PublicKeys.parameters(rsa));
      signer.update(content, 0, content.length);
      return signer.verifySignature(request.getSignature());
    }
    ECPublicKeyParameters ec = PublicKeys.parameters((ECKey) key);
    byte[] hash = new byte[digest.getDigestSize()];
    digest.update(content, 0, content.length);
    digest.doFinal(hash, 0);
    BigInteger[] rs =
        StandardDSAEncoding.INSTANCE.decode(ec.getParameters().getN(), request.getSignature());
    ECDSASigner signer = new ECDSASigner();
    signer.init(false, ec);
    return signer.verifySignature(hash, rs[0], rs[1]);
  }

  private static Digest digest(ASN1ObjectIdentifier algorithm) {
    if (algorithm.equals(X9ObjectIdentifiers.ecdsa_with_SHA256)
        || algorithm.equals(PKCSObjectIdentifiers.sha256WithRSAEncryption)) {
      return new SHA256Digest();
    }
    if (algorithm.equals(X9ObjectIdentifiers.ecdsa_with_SHA384)
        || algorithm.equals(PKCSObjectIdentifiers.sha384WithRSAEncryption)) {
      return new SHA384Digest();
    }
    if (algorithm.equals(X9ObjectIdentifiers.ecdsa_with_SHA512)
        || algorithm.equals(PKCSObjectIdentifiers.sha512WithRSAEncryption)) {
      return new SHA512Digest();
    }
    throw new IllegalArgumentException("unsupported signature algorithm");
  }
}
