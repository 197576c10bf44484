package io.github.certflux.internal;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which URLs a request may go to: {@code https} with a host. A server that plays foul must not send
 * us to services that only we can reach, so a directory elsewhere can't name loopback, link-local
 * or private addresses; one on loopback can.
 *
 * @param directoryIsLocal whether the directory itself is at a loopback or private address
 * @param plainLoopback whether {@code http} is allowed on loopback
 */
public record Urls(boolean directoryIsLocal, boolean plainLoopback) {
  private static final int LONGEST = 2048;

  /** 64:ff9b::/96 (RFC 6052): an IPv4 address behind it, of any kind. */
  private static final byte[] NAT64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

  /** The rules that follow from the directory's URL. */
  public static Urls of(URI directory, boolean plainLoopback) {
    String host = directory.getHost();
    return new Urls(host != null && isLocal(host), plainLoopback);
  }

  /**
   * A URL from outside.
   *
   * @param what where it stood, for messages
   * @throws NotAcme if no request may go there
   */
  public URI check(String value, String what) {
    if (value.length() > LONGEST) {
      throw new NotAcme("a URL of at most " + LONGEST + " characters in " + what, value);
    }
    URI url;
    try {
      url = new URI(value);
    } catch (URISyntaxException e) {
      throw new NotAcme("a URL in " + what, value, e);
    }
    String reason = objection(url);
    if (reason != null) {
      throw new NotAcme(reason + " in " + what, value);
    }
    return url;
  }

  /**
   * A URL from the user.
   *
   * @throws IllegalArgumentException if no request may go there
   */
  public URI require(URI url) {
    try {
      return check(url.toString(), "the URL given");
    } catch (NotAcme e) {
      throw new IllegalArgumentException("expected " + e.expected() + ", but got " + e.came(), e);
    }
  }

  /**
   * A URL from outside that may be relative (RFC 3986 §5).
   *
   * @param base where it stood
   * @throws NotAcme if no request may go there
   */
  public URI resolve(URI base, String value, String what) {
    try {
      return check(base.resolve(value).toString(), what);
    } catch (IllegalArgumentException e) {
      throw new NotAcme("a URL in " + what, value, e);
    }
  }

  private @Nullable String objection(URI url) {
    String host = url.getHost();
    if (host == null || url.getRawUserInfo() != null || url.getRawFragment() != null) {
      return "an absolute URL without user or fragment";
    }
    boolean local = isLocal(host);
    boolean secure = "https".equalsIgnoreCase(url.getScheme());
    boolean plain = "http".equalsIgnoreCase(url.getScheme());
    if (!secure && !(plain && plainLoopback && isLoopback(host))) {
      return "an https URL";
    }
    if (local && !directoryIsLocal) {
      return "a public address";
    }
    return null;
  }

  private static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || host.equals("[::1]")
        || (host.startsWith("127.") && NetUtil.isValidIpV4Address(host));
  }

  /** 100.64.0.0/10 (RFC 6598): a provider's own. */
  private static boolean isShared(byte[] address) {
    return address.length == 4 && address[0] == 100 && (address[1] & 0xc0) == 64;
  }

  private static boolean startsWith(byte[] address, byte[] prefix) {
    return address.length == 16
        && Arrays.equals(address, 0, prefix.length, prefix, 0, prefix.length);
  }

  /** Whether a host is this machine, or an address that only this network can reach. */
  public static boolean isLocal(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (("." + (name.endsWith(".") ? name.substring(0, name.length() - 1) : name))
        .endsWith(".localhost")) {
      return true;
    }
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(bare);
    if (bytes == null) {
      return false;
    }
    try {
      InetAddress address = InetAddress.getByAddress(bytes);
      return address.isLoopbackAddress()
          || address.isLinkLocalAddress()
          || address.isSiteLocalAddress()
          || address.isAnyLocalAddress()
          || isShared(bytes)
          || (bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc)
          || startsWith(bytes, NAT64);
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
