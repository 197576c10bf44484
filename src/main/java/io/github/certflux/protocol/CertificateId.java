package io.github.certflux.protocol;

import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;

/**
 * How renewal information names a certificate (RFC 9773 §4.1): the key identifier of its issuer and
 * its serial number.
 *
 * @param value both in base64url, with a dot between
 */
public record CertificateId(String value) {
  private static final Pattern FORM =
      Pattern.compile("[A-Za-z0-9_-]{1,256}\\.[A-Za-z0-9_-]{1,256}");

  /**
   * Checks the form.
   *
   * @param value both in base64url, with a dot between
   * @throws IllegalArgumentException for another form
   */
  public CertificateId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a certificate's identifier is two parts in base64url with a dot between");
    }
  }

  /**
   * The identifier of a certificate.
   *
   * @param certificate as the CA issued it
   * @return its identifier
   * @throws IllegalArgumentException if it does not name its issuer's key (RFC 5280 §4.2.1.1)
   */
  public static CertificateId of(X509Certificate certificate) {
    return new CertificateId(
        encoded(issuerKey(certificate)) + "." + encoded(serial(certificate.getSerialNumber())));
  }

  private static byte[] issuerKey(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.authorityKeyIdentifier.getId());
    ASN1OctetString key = null;
    if (extension != null) {
      try {
        key =
            AuthorityKeyIdentifier.getInstance(ASN1OctetString.getInstance(extension).getOctets())
                .getKeyIdentifierObject();
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(
            "the certificate's authority key identifier can't be read", e);
      }
    }
    if (key == null) {
      throw new IllegalArgumentException("the certificate has no authority key identifier");
    }
    return key.getOctets();
  }

  /** As in DER: with a leading zero where the number would be negative without. */
  private static byte[] serial(BigInteger number) {
    return number.toByteArray();
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** The identifier as it is on the wire. */
  @Override
  public String toString() {
    return value;
  }
}
