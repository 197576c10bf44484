package io.github.certflux.dns;

import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.xbill.DNS.Name;
import org.xbill.DNS.TSIG;

/**
 * A TSIG key (RFC 8945), which may not be shown.
 *
 * @param name of the key, for errors
 * @param tsig signs and verifies
 */
record TsigKey(String name, TSIG tsig) {
  /** Those of RFC 8945 §6 that are not cut, and HMAC-MD5 is not among them. */
  private static final Map<String, Name> ALGORITHMS =
      Map.of(
          "hmac-sha1", TSIG.HMAC_SHA1,
          "hmac-sha224", TSIG.HMAC_SHA224,
          "hmac-sha256", TSIG.HMAC_SHA256,
          "hmac-sha384", TSIG.HMAC_SHA384,
          "hmac-sha512", TSIG.HMAC_SHA512);

  static TsigKey of(String name, String algorithm, String secret) {
    Name known = ALGORITHMS.get(algorithm.toLowerCase(Locale.ROOT));
    if (known == null) {
      throw new IllegalArgumentException(
          "not a TSIG algorithm: '" + algorithm + "', only " + ALGORITHMS.keySet());
    }
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(secret.strip());
    } catch (IllegalArgumentException e) {
      // without the cause, which shows a character of the secret
      throw new IllegalArgumentException("the secret of the TSIG key " + name + " is not Base64");
    }
    if (bytes.length == 0) {
      throw new IllegalArgumentException("the secret of the TSIG key " + name + " is empty");
    }
    return new TsigKey(name, new TSIG(known, Messages.name(name), bytes));
  }

  @Override
  public String toString() {
    return name;
  }
}
