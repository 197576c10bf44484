package io.github.certflux.internal;

import io.github.certflux.protocol.Identifier;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What a tls-alpn-01 handshake is about (RFC 8737 §3, RFC 8738 §6), for both of its ends. */
public final class TlsAlpn01 {
  /** The only application protocol that a CA offers. */
  public static final String PROTOCOL = "acme-tls/1";

  /** The extension {@code acmeIdentifier}. */
  public static final String ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";

  private TlsAlpn01() {}

  /** What the extension holds: the SHA-256 of the key authorization. */
  public static byte[] digest(String keyAuthorization) {
    return Fingerprints.sha256(keyAuthorization.getBytes(StandardCharsets.US_ASCII));
  }

  /** The name that a CA asks for in the handshake; for an address, the one it is looked up by. */
  public static String serverName(Identifier identifier) {
    return identifier.type().equals("ip")
        ? reverse(address(identifier))
        : identifier.value().toLowerCase(Locale.ROOT);
  }

  private static byte[] address(Identifier identifier) {
    byte[] address = Names.address(identifier.value());
    if (address == null) {
      throw new IllegalArgumentException("not an IP address: " + identifier);
    }
    return address;
  }

  /** {@code 1.0.0.127.in-addr.arpa}; by half bytes below {@code ip6.arpa}. */
  private static String reverse(byte[] address) {
    boolean short4 = address.length == 4;
    StringBuilder name = new StringBuilder();
    for (int i = address.length - 1; i >= 0; i--) {
      int value = address[i] & 0xff;
      if (short4) {
        name.append(value).append('.');
      } else {
        name.append(Character.forDigit(value & 0xf, 16))
            .append('.')
            .append(Character.forDigit(value >> 4, 16))
            .append('.');
      }
    }
    return name.append(short4 ? "in-addr.arpa" : "ip6.arpa").toString();
  }
}
