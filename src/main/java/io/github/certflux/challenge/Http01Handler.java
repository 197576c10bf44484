package io.github.certflux.challenge;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Answers what a CA asks for http-01 (RFC 8555 §8.3). The path is compared as it came, neither
 * decoded nor normalised, and nothing of a request comes back in its answer.
 */
final class Http01Handler
    implements BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> {
  private static final Logger log = LoggerFactory.getLogger(Http01Handler.class);
  private static final String PATH = "/.well-known/acme-challenge/";

  private final Function<String, Mono<byte[]>> tokens;
  private final boolean alone;
  private final BiFunction<
          ? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>>
      otherwise;

  /** In a server that has others for what is not asked by a CA. */
  Http01Handler(Function<String, Mono<byte[]>> tokens) {
    this(tokens, false, (request, response) -> notFound(response));
  }

  /**
   * A handler.
   *
   * @param tokens given a path: what is served there, or empty
   * @param alone whether a connection serves one request
   * @param otherwise answers what nothing is served for
   */
  Http01Handler(
      Function<String, Mono<byte[]>> tokens,
      boolean alone,
      BiFunction<? super HttpServerRequest, ? super HttpServerResponse, ? extends Publisher<Void>>
          otherwise) {
    this.tokens = tokens;
    this.alone = alone;
    this.otherwise = otherwise;
  }

  /** Whether it is for this handler to answer. */
  static boolean isAsked(HttpServerRequest request) {
    return request.uri().startsWith(PATH);
  }

  /** The token that a path asks for; empty where it asks for none. */
  static String token(String path) {
    String token = path.startsWith(PATH) ? path.substring(PATH.length()) : "";
    return TokenTable.isToken(token) ? token : "";
  }

  @Override
  public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
    if (alone) {
      // A CA asks once for each connection, and who asks for anything else need not ask twice.
      response.keepAlive(false);
    }
    boolean head = HttpMethod.HEAD.equals(request.method());
    if (!head && !HttpMethod.GET.equals(request.method())) {
      return otherwise.apply(request, response);
    }
    return tokens
        .apply(request.uri())
        .singleOptional()
        .flatMap(
            found ->
                Mono.from(
                    found
                        .map(content -> served(request, response, content, head))
                        .orElseGet(() -> otherwise.apply(request, response))));
  }

  static Publisher<Void> notFound(HttpServerResponse response) {
    return response
        .status(HttpResponseStatus.NOT_FOUND)
        .header(HttpHeaderNames.CONTENT_LENGTH, HttpHeaderValues.ZERO)
        .send();
  }

  private static Publisher<Void> served(
      HttpServerRequest request, HttpServerResponse response, byte[] content, boolean head) {
    if (log.isDebugEnabled()) {
      // In the table, and so a token: safe to log.
      log.debug("http-01 served token={}", token(request.uri()));
    }
    response
        .header(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_OCTET_STREAM)
        .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(content.length));
    return head ? response.send() : response.send(Mono.just(Unpooled.wrappedBuffer(content)));
  }
}
