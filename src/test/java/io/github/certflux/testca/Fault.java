package io.github.certflux.testca;

import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something that goes wrong with one request. Immutable; {@link #beforeProcessing} and the other
 * methods that are not static copy. Given to {@link FaultRule#then}.
 */
public final class Fault {

  enum Kind {
    DELAY,
    ANSWER,
    LOSE,
    CUT_SHORT,
    DROP_CONNECTION,
    REFUSE_CONNECTION,
    HUGE_BODY,
    NO_NONCE,
    BAD_NONCE
  }

  /** Makes the answer that comes instead. */
  @FunctionalInterface
  interface Replacement {
    Answer answer();
  }

  private final String name;
  private final Kind kind;
  private final boolean after;
  private final Duration duration;
  private final boolean asDate;
  private final long bytes;
  private final boolean fromCa;
  private final @Nullable Replacement replacement;

  private Fault(
      String name,
      Kind kind,
      boolean after,
      Duration duration,
      boolean asDate,
      long bytes,
      boolean fromCa,
      @Nullable Replacement replacement) {
    this.name = name;
    this.kind = kind;
    this.after = after;
    this.duration = duration;
    this.asDate = asDate;
    this.bytes = bytes;
    this.fromCa = fromCa;
    this.replacement = replacement;
  }

  private static Fault plain(String name, Kind kind, boolean after) {
    return new Fault(name, kind, after, Duration.ZERO, false, 0, false, null);
  }

  private static Fault answering(
      String name, Duration retryAfter, boolean fromCa, Replacement replacement) {
    return new Fault(name, Kind.ANSWER, false, retryAfter, false, 0, fromCa, replacement);
  }

  /**
   * The request is processed and its answer lost: the connection, or on HTTP/2 the stream, is
   * reset. With {@link #beforeProcessing} the CA has not done anything.
   */
  public static Fault loseAnswer() {
    return plain("loseAnswer", Kind.LOSE, true);
  }

  /** As {@link #loseAnswer}, and on HTTP/2 too the whole connection is closed with all on it. */
  public static Fault dropConnection() {
    return plain("dropConnection", Kind.DROP_CONNECTION, true);
  }

  /**
   * The request is processed, and half of the body is sent, with a Content-Length that is larger;
   * then the connection is closed. In memory the answer is lost.
   */
  public static Fault cutShort() {
    return plain("cutShort", Kind.CUT_SHORT, true);
  }

  /**
   * The connection is refused: nothing is sent. Only in memory can a client know that; over sockets
   * the connection is closed unprocessed.
   */
  public static Fault refuseConnection() {
    return plain("refuseConnection", Kind.REFUSE_CONNECTION, false);
  }

  /** The request waits before it is processed; with {@link #afterProcessing} the answer waits. */
  public static Fault delay(Duration delay) {
    return new Fault(
        "delay", Kind.DELAY, false, Objects.requireNonNull(delay), false, 0, false, null);
  }

  /**
   * A page of a gateway in HTML, without a nonce.
   *
   * @param status such as 502 or 504
   */
  public static Fault gatewayPage(int status) {
    return answering(
        "gatewayPage",
        Duration.ZERO,
        false,
        () -> Answer.of(status, "text/html", "<html><h1>" + status + "</h1></html>"));
  }

  /** Status 200 with HTML, as a captive portal answers. */
  public static Fault html() {
    return answering(
        "html",
        Duration.ZERO,
        false,
        () -> Answer.of(200, "text/html; charset=utf-8", "<html><h1>Welcome</h1></html>"));
  }

  /** A redirect, 307. */
  public static Fault redirect(URI target) {
    return answering(
        "redirect", Duration.ZERO, false, () -> Answer.empty(307).location(target.toString()));
  }

  /**
   * Any answer at all, without a nonce.
   *
   * @param status the status
   * @param contentType the type of the body
   * @param body the body
   */
  public static Fault answer(int status, String contentType, String body) {
    return answering("answer", Duration.ZERO, false, () -> Answer.of(status, contentType, body));
  }

  /**
   * A body of that many bytes, streamed. In memory, more than a mebibyte is {@code TOO_LARGE}.
   *
   * @param bytes how many
   */
  public static Fault hugeBody(long bytes) {
    return new Fault("hugeBody", Kind.HUGE_BODY, false, Duration.ZERO, false, bytes, false, null);
  }

  /**
   * Overloaded: 503 with {@code rateLimited}, as Boulder has it.
   *
   * @param retryAfter zero for none
   */
  public static Fault unavailable(Duration retryAfter) {
    return problem(CaProblem.of(503, "rateLimited", "Service busy; retry later."), "unavailable")
        .withRetryAfter(retryAfter);
  }

  /**
   * Overloaded: 503 by a gateway, no problem document and no nonce.
   *
   * @param retryAfter zero for none
   */
  public static Fault gatewayUnavailable(Duration retryAfter) {
    return gatewayPage(503).withRetryAfter(retryAfter);
  }

  /**
   * A limit was reached: 429 with {@code rateLimited}, and a link to what the limits are.
   *
   * @param retryAfter zero for none
   */
  public static Fault rateLimited(Duration retryAfter) {
    return rateLimited(retryAfter, "too many requests");
  }

  /**
   * The same in other words.
   *
   * @param retryAfter zero for none
   * @param detail the words
   */
  public static Fault rateLimited(Duration retryAfter, String detail) {
    CaProblem problem = CaProblem.of(429, "rateLimited", detail);
    return answering(
            "rateLimited",
            Duration.ZERO,
            true,
            () -> Answer.problem(problem).link("https://ca.test/docs/limits", "help"))
        .withRetryAfter(retryAfter);
  }

  /**
   * The CA has paused a name of the order for this account: 429 without Retry-After, in Boulder's
   * words.
   *
   * @param unpause where a person can lift that
   */
  public static Fault paused(URI unpause) {
    return problem(
        CaProblem.of(
            429,
            "rateLimited",
            "Your account is temporarily prevented from requesting certificates for some of these"
                + " names. Please visit: "
                + unpause),
        "paused");
  }

  /** 500 with {@code serverInternal}. */
  public static Fault serverInternal() {
    return problem(
        CaProblem.of(500, "serverInternal", "The server had an internal error"), "serverInternal");
  }

  /** Any problem, with a fresh nonce. */
  public static Fault problem(CaProblem problem) {
    return problem(problem, problem.type());
  }

  private static Fault problem(CaProblem problem, String name) {
    return answering(name, Duration.ZERO, true, () -> Answer.problem(problem));
  }

  /** The answer is right but for its Replay-Nonce, which is missing. */
  public static Fault withoutNonce() {
    return plain("withoutNonce", Kind.NO_NONCE, true);
  }

  /** The request's nonce is refused, and spent. */
  public static Fault badNonce() {
    return plain("badNonce", Kind.BAD_NONCE, false);
  }

  /** Before the CA does anything. */
  public Fault beforeProcessing() {
    return new Fault(name, kind, false, duration, asDate, bytes, fromCa, replacement);
  }

  /** After the CA has done what the request asks. */
  public Fault afterProcessing() {
    return new Fault(name, kind, true, duration, asDate, bytes, fromCa, replacement);
  }

  /**
   * With a Retry-After, for those that answer instead of the CA.
   *
   * @param wait zero for none; rounded up to seconds
   */
  public Fault withRetryAfter(Duration wait) {
    return new Fault(name, kind, after, wait, asDate, bytes, fromCa, replacement);
  }

  /** With Retry-After as an HTTP date. */
  public Fault asHttpDate() {
    return new Fault(name, kind, after, duration, true, bytes, fromCa, replacement);
  }

  Kind kind() {
    return kind;
  }

  boolean isAfter() {
    return after;
  }

  Duration duration() {
    return duration;
  }

  long bytes() {
    return bytes;
  }

  /** Whether a front end answers it, with a nonce and its headers. */
  boolean isFromCa() {
    return fromCa;
  }

  Answer answer(CaClock clock) {
    if (replacement == null) {
      throw new IllegalStateException(name);
    }
    return RetryAfter.add(replacement.answer(), duration, asDate, clock);
  }

  /** Its name, as in {@link Exchange#fault}. */
  @Override
  public String toString() {
    return name;
  }
}
