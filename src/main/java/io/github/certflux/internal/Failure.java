package io.github.certflux.internal;

import io.github.certflux.protocol.AcmeException;
import io.github.certflux.protocol.AcmeExternalAccountException;
import io.github.certflux.protocol.AcmeOperation;
import io.github.certflux.protocol.AcmePausedException;
import io.github.certflux.protocol.AcmeProblemException;
import io.github.certflux.protocol.AcmeProtocolException;
import io.github.certflux.protocol.AcmeRateLimitException;
import io.github.certflux.protocol.AcmeTransportException;
import io.github.certflux.protocol.AcmeTransportException.Sent;
import io.github.certflux.protocol.AcmeUserActionException;
import io.github.certflux.protocol.Problem;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came back instead of success, as the retry table reads it.
 *
 * @param kind what is known
 * @param operation what was asked: the operation itself, or the nonce that it needed
 * @param url where
 * @param status the HTTP status, 0 without an answer
 * @param problem the problem document; of type {@code about:blank} where the server sent none
 * @param retryAfter the wait that the server asked for
 * @param links the links of the answer
 * @param expected what the protocol asks for, for {@link Kind#NOT_ACME}
 * @param came what came instead, or what happened to the connection
 * @param cause the error behind it
 */
record Failure(
    Kind kind,
    AcmeOperation operation,
    URI url,
    int status,
    Problem problem,
    Optional<Duration> retryAfter,
    Links links,
    String expected,
    String came,
    @Nullable Throwable cause) {

  /** What is known of the request. */
  enum Kind {
    /** The server refused it, and said why. */
    PROBLEM,
    /** The server has not seen it. */
    NOT_SENT,
    /** The server's certificate is not trusted. */
    NOT_TRUSTED,
    /** Sent, and the answer was lost. */
    LOST,
    /** Sent, and something that is not ACME came back. */
    NOT_ACME
  }

  private static final Problem BLANK =
      new Problem(
          "about:blank",
          Optional.empty(),
          Optional.empty(),
          0,
          Optional.empty(),
          List.of(),
          Optional.empty(),
          List.of());

  /** A refusal that an operator in a pipeline can carry. Never leaves this package. */
  static final class Signal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Failure failure;

    Signal(Failure failure) {
      super(failure.came, null, false, false);
      this.failure = failure;
    }

    Failure failure() {
      return failure;
    }
  }

  /** Reads an answer whose status is not 2xx. */
  static Failure answered(AcmeOperation operation, URI url, AcmeResponse response, Instant now) {
    Optional<Duration> retryAfter = RetryAfter.of(response, now);
    String came = "HTTP " + response.status() + " " + typeOf(response);
    try {
      if (response.status() >= 400) {
        Problem problem = Resources.problem(response.body());
        return new Failure(
            Kind.PROBLEM,
            operation,
            url,
            response.status(),
            problem,
            retryAfter,
            Links.of(response),
            "",
            came,
            null);
      }
    } catch (NotAcme notAcme) {
      // a gateway's page; its status still tells something
    }
    return new Failure(
        Kind.NOT_ACME,
        operation,
        url,
        response.status(),
        BLANK,
        retryAfter,
        Links.of(response),
        response.status() >= 400 ? "a problem document" : "success or a problem document",
        response.status() / 100 == 3 && response.location() != null
            ? came + " redirecting to " + NotAcme.printable(response.location())
            : came,
        null);
  }

  private static String typeOf(AcmeResponse response) {
    String type = response.contentType();
    return type == null ? "without a content type" : NotAcme.printable(type);
  }

  /** Reads an error of a try. */
  static Failure of(Throwable error, AcmeOperation operation, URI url) {
    if (error instanceof Signal signal) {
      return signal.failure();
    }
    if (error instanceof NotAcme notAcme) {
      return new Failure(
          Kind.NOT_ACME,
          operation,
          url,
          200,
          BLANK,
          Optional.empty(),
          Links.NONE,
          notAcme.expected(),
          notAcme.came(),
          notAcme.getCause());
    }
    if (error instanceof TransportFailure failure) {
      Kind kind =
          switch (failure.kind()) {
            case NOT_SENT -> Kind.NOT_SENT;
            case NOT_TRUSTED -> Kind.NOT_TRUSTED;
            case LOST -> Kind.LOST;
            case TOO_LARGE -> Kind.NOT_ACME;
          };
      return new Failure(
          kind,
          operation,
          url,
          0,
          BLANK,
          Optional.empty(),
          Links.NONE,
          "an answer within bounds",
          failure.what(),
          failure.getCause());
    }
    throw reactor.core.Exceptions.propagate(error);
  }

  /** Whether an error of a try is one that the table knows. */
  static boolean known(Throwable error) {
    return error instanceof Signal || error instanceof NotAcme || error instanceof TransportFailure;
  }

  boolean is(String problemName) {
    return kind == Kind.PROBLEM && problem.is(problemName);
  }

  /** A short name for it, for observers. */
  String name() {
    return kind == Kind.PROBLEM ? problem.name() : kind.name().toLowerCase(java.util.Locale.ROOT);
  }

  /** The error that the caller gets. */
  AcmeException exception(int attempts) {
    AcmeException.At at = new AcmeException.At(operation, url, attempts);
    if (status == 429 || (status == 503 && retryAfter.isPresent()) || is("rateLimited")) {
      Optional<URI> help = links.first("help");
      if (status == 429 && is("rateLimited") && retryAfter.isEmpty()) {
        AcmePausedException paused = new AcmePausedException(at, status, problem, help);
        if (paused.link().isPresent()) {
          return paused;
        }
      }
      return new AcmeRateLimitException(at, status, named(), retryAfter, help);
    }
    return switch (kind) {
      case PROBLEM -> refusal(at);
      case NOT_SENT ->
          new AcmeTransportException(
              at, Sent.NO, came, "check the URL, the network and any proxy", cause);
      case NOT_TRUSTED ->
          new AcmeTransportException(
              at, Sent.NO, came, "give the root certificate that signs this server's", cause);
      case LOST -> new AcmeTransportException(at, Sent.UNKNOWN, came, "", cause);
      case NOT_ACME -> new AcmeProtocolException(at, expected, came, cause);
    };
  }

  private AcmeProblemException refusal(AcmeException.At at) {
    return switch (problem.name()) {
      case "externalAccountRequired" -> new AcmeExternalAccountException(at, status, problem);
      case "userActionRequired" ->
          new AcmeUserActionException(at, status, problem, links.first("terms-of-service"));
      default -> new AcmeProblemException(at, status, problem);
    };
  }

  private Problem named() {
    if (kind == Kind.PROBLEM) {
      return problem;
    }
    return new Problem(
        "about:blank",
        Optional.of(came),
        Optional.empty(),
        status,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        List.of());
  }
}
