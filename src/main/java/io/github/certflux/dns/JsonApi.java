package io.github.certflux.dns;

import io.github.certflux.dns.Change.Passing;
import io.github.certflux.dns.DnsException.Reason;
import io.github.certflux.internal.AcmeResponse;
import io.github.certflux.internal.Json;
import io.github.certflux.internal.NettyTransport;
import io.github.certflux.internal.NotAcme;
import io.github.certflux.internal.RetryAfter;
import io.github.certflux.internal.TransportFailure;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/**
 * A JSON API over HTTP: one request at a time, with credentials in its headers, bounded in size and
 * time. What is busy, limited or lost is tried again; no redirect is followed.
 */
final class JsonApi {
  private static final byte[] NOTHING = {};
  private static final int LEAST_SECRET = 4;

  private final String company;
  private final String base;
  private final String server;
  private final Map<String, String> headers;
  private final List<String> secrets;
  private final Function<byte[], String> words;
  private final NettyTransport transport;

  /**
   * An API. Reads the trust store: not for an event loop.
   *
   * @param company whose it is, for messages
   * @param base what paths are added to
   * @param headers of each request, with the credentials
   * @param secrets what no message may hold, though a server sends it back
   * @param words what the body of a refusal says, for people; may throw {@link NotAcme}
   * @throws IllegalArgumentException if no request may go there
   */
  JsonApi(
      String company,
      URI base,
      ApiSettings settings,
      Map<String, String> headers,
      List<String> secrets,
      Function<byte[], String> words) {
    if (base.getRawQuery() != null
        || base.getRawFragment() != null
        || !settings.http().allows(base)) {
      throw new IllegalArgumentException(
          company
              + " is asked at an https URL without user, query and fragment, not at "
              + base.getScheme()
              + "://"
              + base.getHost()
              + " and what else was given");
    }
    this.company = company;
    this.base = base.toString().replaceFirst("/+$", "");
    this.server = String.valueOf(base.getRawAuthority());
    this.headers = headers;
    this.secrets = secrets;
    this.words = words;
    this.transport = NettyTransport.create(settings.http());
  }

  /** What stands between two slashes, or after an equals sign. */
  static String encoded(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A");
  }

  Mono<AcmeResponse> get(Change change, String path, int... accepted) {
    return change.again(once(change, HttpMethod.GET, path, headers, NOTHING, accepted));
  }

  Mono<AcmeResponse> delete(Change change, String path, int... accepted) {
    return change.again(once(change, HttpMethod.DELETE, path, headers, NOTHING, accepted));
  }

  Mono<AcmeResponse> post(Change change, String path, JsonNode body, int... accepted) {
    return change.again(once(change, HttpMethod.POST, path, headers, Json.write(body), accepted));
  }

  Mono<AcmeResponse> patch(Change change, String path, JsonNode body, int... accepted) {
    return change.again(once(change, HttpMethod.PATCH, path, headers, Json.write(body), accepted));
  }

  /**
   * A single request, for what must not be sent blindly again. Signals {@link Passing} where {@link
   * Change#again} may try once more.
   *
   * @param credentials headers of this request
   * @param accepted statuses that are answers, beside those of success
   */
  Mono<AcmeResponse> once(
      Change change,
      HttpMethod method,
      String path,
      Map<String, String> credentials,
      byte[] body,
      int... accepted) {
    return change
        .step(transport.send(method, URI.create(base + path), all -> set(all, credentials), body))
        .onErrorMap(TransportFailure.class, error -> unanswered(change, error))
        .map(
            answer -> {
              int status = answer.status();
              if (status / 100 == 2 || Arrays.stream(accepted).anyMatch(one -> one == status)) {
                return answer;
              }
              throw refusal(change, method, path, answer);
            });
  }

  private static void set(HttpHeaders all, Map<String, String> credentials) {
    all.set(HttpHeaderNames.ACCEPT, "application/json")
        .set(HttpHeaderNames.CONTENT_TYPE, "application/json");
    credentials.forEach(all::set);
  }

  /** Reads an answer. */
  <T> T read(Change change, AcmeResponse answer, Function<byte[], T> reader) {
    try {
      return reader.apply(answer.body());
    } catch (NotAcme error) {
      throw failure(
          change,
          Reason.ANSWER,
          "HTTP " + answer.status(),
          "the answer of " + company + " is another than " + error.expected() + ": " + error.came(),
          error);
    }
  }

  private RuntimeException unanswered(Change change, TransportFailure failure) {
    DnsException error =
        failure(
            change,
            failure.kind() == TransportFailure.Kind.TOO_LARGE ? Reason.ANSWER : Reason.UNREACHABLE,
            "",
            company + " gave no answer: " + failure.what(),
            failure.getCause());
    return switch (failure.kind()) {
      case NOT_SENT, LOST -> new Passing(error, Optional.empty());
      case NOT_TRUSTED, TOO_LARGE -> error;
    };
  }

  /** The error for an answer that is no success: {@link Passing} where trying again may help. */
  RuntimeException refusal(Change change, HttpMethod method, String path, AcmeResponse answer) {
    int status = answer.status();
    Optional<Duration> retryAfter = RetryAfter.of(answer, change.timing().now());
    DnsException error =
        failure(
            change,
            reason(status),
            "HTTP " + status,
            company
                + " refused "
                + method
                + " "
                + path
                + ": "
                + said(answer)
                + retryAfter.map(wait -> "; it asks to wait " + wait.toSeconds() + " s").orElse(""),
            null);
    return status == 429 || status >= 500 ? new Passing(error, retryAfter) : error;
  }

  private String said(AcmeResponse answer) {
    if (answer.status() / 100 == 3) {
      return "a redirect, which is not followed";
    }
    try {
      return words.apply(answer.body());
    } catch (NotAcme error) {
      return NotAcme.printable(new String(answer.body(), StandardCharsets.UTF_8).strip());
    }
  }

  private static Reason reason(int status) {
    return switch (status) {
      case 401 -> Reason.CREDENTIALS;
      case 403 -> Reason.REFUSED;
      case 429 -> Reason.LIMITED;
      default -> status < 400 ? Reason.ANSWER : Reason.FAILED;
    };
  }

  /** An error of this API, without a secret. */
  DnsException failure(
      Change change, Reason reason, String code, String what, @Nullable Throwable cause) {
    String shown = what;
    for (String secret : secrets) {
      shown = secret.length() < LEAST_SECRET ? shown : shown.replace(secret, "***");
    }
    return new DnsException(reason, server, change.zone(), code, shown, cause);
  }

  Mono<Void> disposeLater() {
    return transport.disposeLater();
  }
}
