package io.github.certflux.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Textual encodings (RFC 7468), strictly: nothing before, between or after the blocks but line
 * ends. Bouncy Castle's reader passes over whatever it does not know.
 */
final class Pem {
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";
  private static final Base64.Encoder BASE64 = Base64.getMimeEncoder(64, new byte[] {'\n'});

  /** What is between two lines of dashes. */
  record Block(String label, byte[] der, int line) {}

  /** Not PEM; the message says what and where, and quotes no content. */
  static final class PemException extends Exception {
    private static final long serialVersionUID = 1L;

    PemException(int line, String what) {
      super("line " + line + ": " + what);
    }
  }

  private Pem() {}

  static String encode(String label, byte[] der) {
    return BEGIN
        + label
        + DASHES
        + '\n'
        + BASE64.encodeToString(der)
        + '\n'
        + END
        + label
        + DASHES
        + '\n';
  }

  /** The blocks of a text, at most {@code max}; the caller bounds the text's length. */
  static List<Block> decode(String text, int max) throws PemException {
    List<Block> blocks = new ArrayList<>();
    String[] lines = text.split("\n", -1);
    int next = 0;
    while (next < lines.length) {
      String line = trimmed(lines[next]);
      int number = ++next;
      if (line.isEmpty()) {
        continue;
      }
      if (blocks.size() == max) {
        throw new PemException(number, "more than " + max + (max == 1 ? " block" : " blocks"));
      }
      String label = label(line, number);
      String end = END + label + DASHES;
      StringBuilder base64 = new StringBuilder();
      while (true) {
        if (next == lines.length) {
          throw new PemException(number, "the block that begins here has no end");
        }
        line = trimmed(lines[next++]);
        if (line.equals(end)) {
          break;
        }
        if (line.startsWith("-")) {
          throw new PemException(next, "not the end of the block that begins in line " + number);
        }
        if (line.indexOf(':') >= 0) {
          throw new PemException(next, "a header; if this is an encrypted key, decrypt it first");
        }
        base64.append(line);
      }
      blocks.add(new Block(label, decoded(base64, number), number));
    }
    return blocks;
  }

  private static String label(String line, int number) throws PemException {
    if (!line.startsWith(BEGIN)
        || !line.endsWith(DASHES)
        || line.length() < BEGIN.length() + DASHES.length() + 1) {
      throw new PemException(number, "not \"-----BEGIN ...-----\"");
    }
    String label = line.substring(BEGIN.length(), line.length() - DASHES.length());
    if (label.length() > 64
        || !label
            .chars()
            .allMatch(c -> c == ' ' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) {
      throw new PemException(number, "a label that is not in capitals");
    }
    return label;
  }

  private static byte[] decoded(StringBuilder base64, int number) throws PemException {
    byte[] der;
    try {
      der = Base64.getDecoder().decode(base64.toString().getBytes(US_ASCII));
    } catch (IllegalArgumentException e) {
      throw new PemException(number, "the block that begins here is not Base64");
    }
    if (der.length == 0) {
      throw new PemException(number, "the block that begins here is empty");
    }
    return der;
  }

  private static String trimmed(String line) {
    int end = line.length();
    while (end > 0
        && (line.charAt(end - 1) == '\r'
            || line.charAt(end - 1) == ' '
            || line.charAt(end - 1) == '\t')) {
      end--;
    }
    return line.substring(0, end);
  }
}
