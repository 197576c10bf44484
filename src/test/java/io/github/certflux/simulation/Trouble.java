package io.github.certflux.simulation;

import io.github.certflux.internal.AcmeResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What may happen to one request on the wire. */
enum Trouble {
  NONE,
  NOT_SENT,
  REQUEST_LOST,
  ANSWER_LOST,
  SLOW_REQUEST,
  SLOW_ANSWER,
  ERROR_500,
  ERROR_500_AFTERWARDS,
  GATEWAY_502,
  GATEWAY_502_AFTERWARDS,
  BUSY_503,
  BUSY_503_RETRY_AFTER,
  NONCE_REFUSED;

  /** What a client counts as one of its tries: nobody knows whether the server has done it. */
  boolean isLoss() {
    return switch (this) {
      case REQUEST_LOST,
          ANSWER_LOST,
          ERROR_500,
          ERROR_500_AFTERWARDS,
          GATEWAY_502,
          GATEWAY_502_AFTERWARDS ->
          true;
      default -> false;
    };
  }

  /** Whether the server gets the request. */
  boolean arrives() {
    return switch (this) {
      case NONE, ANSWER_LOST, SLOW_REQUEST, SLOW_ANSWER -> true;
      case ERROR_500_AFTERWARDS, GATEWAY_502_AFTERWARDS -> true;
      default -> false;
    };
  }

  /** What comes in the place of the server's answer; null for that answer, or none. */
  @Nullable AcmeResponse answer() {
    return switch (this) {
      case ERROR_500, ERROR_500_AFTERWARDS -> problem(500, "serverInternal", null);
      case BUSY_503 -> problem(503, "rateLimited", null);
      case BUSY_503_RETRY_AFTER -> problem(503, "rateLimited", "2");
      case NONCE_REFUSED -> problem(400, "badNonce", null);
      case GATEWAY_502, GATEWAY_502_AFTERWARDS ->
          answer(502, "text/html", "<html>Bad Gateway</html>", null);
      default -> null;
    };
  }

  private static AcmeResponse problem(int status, String type, @Nullable String retryAfter) {
    String body = "{\"type\":\"urn:ietf:params:acme:error:" + type + "\",\"detail\":\"simulated\"}";
    return answer(status, "application/problem+json", body, retryAfter);
  }

  private static AcmeResponse answer(
      int status, String type, String body, @Nullable String retryAfter) {
    return new AcmeResponse(
        status,
        null,
        null,
        retryAfter,
        null,
        type,
        List.of(),
        body.getBytes(StandardCharsets.UTF_8));
  }
}
