package io.github.certflux.internal;

import io.github.certflux.protocol.Identifier;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Identifiers in the one form in which they can be compared. Never looks a name up. */
public final class Names {

  private Names() {}

  /** DNS names in lower case, addresses as RFC 8738 §3 writes them (RFC 5952); others as given. */
  public static Identifier normalised(Identifier name) {
    return switch (name.type()) {
      case "dns" -> Identifier.dns(name.value().toLowerCase(Locale.ROOT));
      case "ip" -> {
        byte[] address = address(name.value());
        Identifier ip = address == null ? null : ip(address);
        yield ip == null ? name : ip;
      }
      default -> name;
    };
  }

  /** The four or sixteen bytes of an address; {@code null} when the text is none. */
  public static byte @Nullable [] address(String text) {
    // A zone names an interface of this machine, which no certificate can be for.
    return text.indexOf('%') >= 0 ? null : NetUtil.createByteArrayFromIpAddressString(text);
  }

  /** An address; {@code null} when it has neither four nor sixteen bytes. */
  public static @Nullable Identifier ip(byte[] address) {
    try {
      return new Identifier("ip", NetUtil.toAddressString(InetAddress.getByAddress(address)));
    } catch (UnknownHostException e) {
      return null;
    }
  }
}
