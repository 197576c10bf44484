package io.github.certflux;

import java.net.IDN;
import java.util.Locale;
import java.util.regex.Pattern;

/** Checks on names that users give. */
final class Names {
  private static final Pattern ACCOUNT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern LABEL =
      Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?", Pattern.CASE_INSENSITIVE);
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

  /** A DNS name in lower-case A-labels (RFC 5890), with {@code *.} in front for a wildcard. */
  static String dns(String name) {
    String start = name.startsWith("*.") ? "*." : "";
    String rest = name.substring(start.length());
    String ascii;
    try {
      ascii = IDN.toASCII(rest, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("not a DNS name: '" + name + "'", e);
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
