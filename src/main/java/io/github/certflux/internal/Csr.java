package io.github.certflux.internal;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.impl.ECDSA;
import io.github.certflux.internal.Pem.Block;
import io.github.certflux.internal.Pem.PemException;
import io.github.certflux.protocol.CsrFormatException;
import io.github.certflux.protocol.Identifier;
import io.github.certflux.protocol.KeyFormatException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import reactor.core.publisher.Mono;

/**
 * A certificate signing request (RFC 2986, RFC 8555 §7.4).
 *
 * @param der as it is sent
 * @param names every name in it, normalised, each once
 * @param publicKey of the certificate
 */
public record Csr(byte[] der, List<Identifier> names, PublicKey publicKey) {
  private static final int MAX_BYTES = 64 * 1024;

  /** The second is what Microsoft's tools write. */
  private static final Set<String> LABELS =
      Set.of("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST");

  private static final DefaultSignatureAlgorithmIdentifierFinder SIGNATURES =
      new DefaultSignatureAlgorithmIdentifierFinder();

  /**
   * Makes a request for the names, and for what is asked for besides. Signed once for each
   * subscription, by the key's signer.
   *
   * @throws IllegalArgumentException for a name that is neither a DNS name nor an address
   */
  public static Mono<byte[]> create(
      KeyPair key, List<Identifier> names, CsrExtras extras, Crypto crypto) {
    return Mono.defer(
        () -> {
          Signer signer = crypto.signer(key);
          CertificationRequestInfo info = info(key.getPublic(), names, extras);
          return signer
              .sign(encoded(info))
              .map(signature -> signed(info, signer.algorithm(), signature));
        });
  }

  private static CertificationRequestInfo info(
      PublicKey key, List<Identifier> names, CsrExtras extras) {
    GeneralNames general =
        new GeneralNames(names.stream().map(Csr::generalName).toArray(GeneralName[]::new));
    List<Extension> wanted = new ArrayList<>();
    wanted.add(new Extension(Extension.subjectAlternativeName, false, encoded(general)));
    wanted.addAll(extras.extensions());
    Attribute extensions =
        new Attribute(
            PKCSObjectIdentifiers.pkcs_9_at_extensionRequest,
            new DERSet(new Extensions(wanted.toArray(Extension[]::new))));
    return new CertificationRequestInfo(
        extras.subject(),
        SubjectPublicKeyInfo.getInstance(key.getEncoded()),
        new DERSet(extensions));
  }

  /**
   * A name as a certificate has it.
   *
   * @throws IllegalArgumentException for a name that is neither a DNS name nor an address
   */
  public static GeneralName generalName(Identifier name) {
    if (name.type().equals("dns")) {
      return new GeneralName(GeneralName.dNSName, name.value());
    }
    byte[] address = name.type().equals("ip") ? Names.address(name.value()) : null;
    if (address == null) {
      throw new IllegalArgumentException(
          "a certificate can't be asked for " + name.type() + " " + name.value());
    }
    return new GeneralName(GeneralName.iPAddress, new DEROctetString(address));
  }

  private static byte[] signed(
      CertificationRequestInfo info, JWSAlgorithm algorithm, byte[] signature) {
    boolean ec = JWSAlgorithm.Family.EC.contains(algorithm);
    String name = Keys.hash(algorithm) + (ec ? "withECDSA" : "withRSA");
    try {
      // X.509 has the two numbers of an ECDSA signature as ASN.1, JOSE has them side by side.
      byte[] made = ec ? ECDSA.transcodeSignatureToDER(signature) : signature;
      return encoded(new CertificationRequest(info, SIGNATURES.find(name), new DERBitString(made)));
    } catch (JOSEException e) {
      throw new IllegalStateException("the signer's signature is not of " + algorithm, e);
    }
  }

  static byte[] encoded(ASN1Object object) {
    try {
      return object.getEncoded(ASN1Encoding.DER);
    } catch (IOException e) {
      throw new IllegalStateException("nothing to encode", e);
    }
  }

  /**
   * The one request in a PEM text, not looked into yet.
   *
   * @throws CsrFormatException for anything else
   */
  public static byte[] der(String pem) {
    if (pem.length() > 2 * MAX_BYTES) {
      throw new CsrFormatException("a text of more than 128 KiB is not a CSR");
    }
    List<Block> blocks;
    try {
      blocks = Pem.decode(pem, 1);
    } catch (PemException e) {
      throw new CsrFormatException("not a CSR in PEM: " + e.getMessage());
    }
    if (blocks.isEmpty() || !LABELS.contains(blocks.get(0).label())) {
      throw new CsrFormatException("not a CSR in PEM: there is no CERTIFICATE REQUEST in it");
    }
    return blocks.get(0).der();
  }

  /**
   * Reads a request that the user gives, up to 64 KiB, and checks that its key signed it. Takes a
   * fifth of a millisecond: not on an event loop.
   *
   * @throws CsrFormatException when it is none, its signature is wrong, its key is not one that
   *     certificates can have, or it names nothing or what is neither a DNS name nor an address
   */
  public static Csr parse(byte[] der) {
    if (der.length > MAX_BYTES) {
      throw new CsrFormatException("more than 64 KiB are not a CSR");
    }
    try {
      PKCS10CertificationRequest request = new PKCS10CertificationRequest(der);
      if (!Arrays.equals(encoded(request.toASN1Structure()), der)) {
        throw new CsrFormatException("the CSR is not in DER");
      }
      PublicKey key = publicKey(request.getSubjectPublicKeyInfo());
      if (!request.isSignatureValid(
          new JcaContentVerifierProviderBuilder()
              .setProvider(Providers.bouncyCastle())
              .build(key))) {
        throw new CsrFormatException("the CSR is not signed by its own key");
      }
      return new Csr(der.clone(), names(request), key);
    } catch (CsrFormatException e) {
      throw e;
    } catch (KeyFormatException e) {
      throw new CsrFormatException("the CSR is for " + e.getMessage());
    } catch (IOException
        | GeneralSecurityException
        | OperatorCreationException
        | PKCSException
        | RuntimeException e) {
      throw new CsrFormatException("not a CSR, or one that can't be read: " + e);
    }
  }

  private static PublicKey publicKey(SubjectPublicKeyInfo info)
      throws IOException, GeneralSecurityException {
    AlgorithmIdentifier algorithm = info.getAlgorithm();
    boolean rsa = algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption);
    if (!rsa && !(algorithm.getParameters() instanceof ASN1ObjectIdentifier)) {
      throw new CsrFormatException("the CSR is for a key that is neither RSA nor on a named curve");
    }
    KeyFactory factory =
        rsa
            ? KeyFactory.getInstance("RSA")
            : KeyFactory.getInstance("EC", Providers.bouncyCastle());
    PublicKey key = factory.generatePublic(new X509EncodedKeySpec(info.getEncoded()));
    Keys.type(key);
    return key;
  }

  private static List<Identifier> names(PKCS10CertificationRequest request) {
    Set<Identifier> names = new LinkedHashSet<>();
    for (RDN rdn : request.getSubject().getRDNs(BCStyle.CN)) {
      for (AttributeTypeAndValue part : rdn.getTypesAndValues()) {
        if (part.getType().equals(BCStyle.CN)) {
          String name = ((ASN1String) part.getValue()).getString();
          names.add(
              Names.normalised(new Identifier(Names.address(name) == null ? "dns" : "ip", name)));
        }
      }
    }
    if (request.getAttributes(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest).length > 1) {
      throw new CsrFormatException("the CSR asks for extensions more than once");
    }
    Extensions extensions = request.getRequestedExtensions();
    GeneralNames general =
        extensions == null
            ? null
            : GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
    if (general != null) {
      for (GeneralName name : general.getNames()) {
        names.add(identifier(name));
      }
    }
    if (names.isEmpty()) {
      throw new CsrFormatException("the CSR names nothing that a certificate could be for");
    }
    return List.copyOf(names);
  }

  private static Identifier identifier(GeneralName name) {
    Identifier identifier =
        switch (name.getTagNo()) {
          case GeneralName.dNSName ->
              Names.normalised(Identifier.dns(((ASN1String) name.getName()).getString()));
          case GeneralName.iPAddress -> Names.ip(((ASN1OctetString) name.getName()).getOctets());
          default -> null;
        };
    if (identifier == null) {
      throw new CsrFormatException("the CSR has a name that is neither a DNS name nor an address");
    }
    return identifier;
  }

  @Override
  public String toString() {
    return "Csr" + names;
  }
}
