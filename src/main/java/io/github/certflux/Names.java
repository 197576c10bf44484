package io.github.certflux;

import io.github.certflux.protocol.Identifier;
import java.net.IDN;
import java.util.Locale;
import java.util.regex.Pattern;

/** Checks on names that users give. */
final class Names {
  private static final Pattern ACCOUNT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern LABEL =
      Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?", Pattern.CASE_INSENSITIVE);

  /** Sharp s, final sigma and the two joiners, which IDNA 2003 maps away (UTS 46 §6). */
  private static final Pattern OTHERWISE_TODAY = Pattern.compile("[ßẞς\\u200c\\u200d]");

  private static final String A_LABELS =
      "a name that has to be given in A-labels (xn--…), or no DNS name: '";
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:.+");

  private Names() {}

  static String account(String name) {
    if (!ACCOUNT.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "an account's name is 1 to 64 characters of [A-Za-z0-9._-]: '" + name + "'");
    }
    return name;
  }

  /** A contact URL; an address without a scheme is a mail address (RFC 6068). */
  static String contact(String address) {
    if (address.isBlank() || address.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
      throw new IllegalArgumentException("not a contact address: '" + address + "'");
    }
    return SCHEME.matcher(address).matches() ? address : "mailto:" + address;
  }

  /** A DNS name or an IP address (RFC 8738). */
  static Identifier identifier(String name) {
    byte[] address = io.github.certflux.internal.Names.address(name);
    Identifier ip = address == null ? null : io.github.certflux.internal.Names.ip(address);
    return ip == null ? Identifier.dns(dns(name)) : ip;
  }

  /**
   * A DNS name in lower-case A-labels (RFC 5890), with {@code *.} in front for a wildcard.
   *
   * <p>The JDK knows IDNA 2003 on Unicode 3.2 alone. Where that gives another name than IDNA 2008
   * and UTS 46 do, or none, the name is refused, since a certificate for another domain is worse
   * than an error; for all other characters the three agree.
   */
  static String dns(String name) {
    String start = name.startsWith("*.") ? "*." : "";
    String rest = name.substring(start.length());
    if (OTHERWISE_TODAY.matcher(rest).find()) {
      throw new IllegalArgumentException(A_LABELS + name + "'");
    }
    String ascii;
    try {
      ascii = IDN.toASCII(rest).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          (rest.chars().allMatch(c -> c < 128) ? "not a DNS name: '" : A_LABELS) + name + "'", e);
    }
    if (ascii.endsWith(".")) {
      ascii = ascii.substring(0, ascii.length() - 1);
    }
    String[] labels = ascii.split("\\.", -1);
    boolean fits = ascii.length() <= 253;
    for (String label : labels) {
      fits &= LABEL.matcher(label).matches();
    }
    if (!fits) {
      throw new IllegalArgumentException("not a DNS name: '" + name + "'");
    }
    return start + ascii;
  }
}
