package io.github.certflux.internal;

import org.jspecify.annotations.Nullable;

/** An answer that could not be read as ACME. Without a stack trace: it never leaves Certflux. */
public final class NotAcme extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST = 200;

  private final String expected;
  private final String came;

  /**
   * An answer of another kind.
   *
   * @param expected what the protocol asks for
   * @param came what came instead; cut short and made printable
   */
  public NotAcme(String expected, String came) {
    this(expected, came, null);
  }

  /** With the parser's error. */
  public NotAcme(String expected, String came, @Nullable Throwable cause) {
    super(expected, cause, false, false);
    this.expected = expected;
    this.came = printable(came);
  }

  /** What the protocol asks for. */
  public String expected() {
    return expected;
  }

  /** What came instead. */
  public String came() {
    return came;
  }

  /** Text from outside as it may stand in a message: one line, no control characters, not long. */
  public static String printable(String text) {
    return printable(text, LONGEST);
  }

  /** The same, of another length. */
  static String printable(String text, int most) {
    String start = text.length() > most ? text.substring(0, most) + "…" : text;
    StringBuilder out = new StringBuilder(start.length());
    start.codePoints().map(c -> endsLine(c) ? ' ' : c).forEach(out::appendCodePoint);
    return out.toString();
  }

  /** Text from outside as the value of a field in a log line: no other field can be forged. */
  public static String field(String text) {
    return printable(text).replace(' ', '_');
  }

  /** Printable text as the value of a field in quotes: it does not end them. */
  public static String quotable(String printable) {
    return printable.replace('"', '\'');
  }

  /** Control characters, U+0085 among them, and the separators of lines and paragraphs. */
  private static boolean endsLine(int c) {
    return Character.isISOControl(c) || c == 0x2028 || c == 0x2029;
  }
}
