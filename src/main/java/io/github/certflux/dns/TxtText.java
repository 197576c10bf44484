package io.github.certflux.dns;

import java.nio.charset.StandardCharsets;

/** The value of a TXT record as zone files have it (RFC 1035 §5.1): strings in quotes. */
final class TxtText {
  private static final int LONGEST_STRING = 255;

  private TxtText() {}

  /** {@code "a value"}; what is longer than a string may be is several. */
  static String quoted(String value) {
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      text.append(i > 0 && i % LONGEST_STRING == 0 ? "\" \"" : "")
          .append(c == '"' || c == '\\' ? "\\" : "")
          .append(c);
    }
    return text.append('"').toString();
  }

  /** The value of such a text; of one without quotes, the text itself. */
  static String value(String text) {
    if (!text.startsWith("\"")) {
      return text;
    }
    byte[] value = new byte[text.length()];
    int length = 0;
    boolean inside = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        inside = !inside;
      } else if (inside) {
        if (c == '\\' && isNumber(text, i + 1)) {
          c = (char) Integer.parseInt(text, i + 1, i + 4, 10);
          i += 3;
        } else if (c == '\\' && i + 1 < text.length()) {
          c = text.charAt(++i);
        }
        value[length++] = (byte) c;
      }
    }
    return new String(value, 0, length, StandardCharsets.ISO_8859_1);
  }

  /** Three digits. */
  private static boolean isNumber(String text, int at) {
    return at + 3 <= text.length()
        && isDigit(text.charAt(at))
        && isDigit(text.charAt(at + 1))
        && isDigit(text.charAt(at + 2));
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
