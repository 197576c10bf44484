package io.github.certflux.challenge;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
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

  private final TokenTable tokens;

  Http01Handler(TokenTable tokens) {
    this.tokens = tokens;
  }

  @Override
  public Publisher<Void> apply(HttpServerRequest request, HttpServerResponse response) {
    // A CA asks once for each connection, and who asks for anything else need not ask twice.
    response.keepAlive(false);
    boolean head = HttpMethod.HEAD.equals(request.method());
    byte[] found = head || HttpMethod.GET.equals(request.method()) ? find(request.uri()) : null;
    if (found == null) {
      return response
          .status(HttpResponseStatus.NOT_FOUND)
          .header(HttpHeaderNames.CONTENT_LENGTH, HttpHeaderValues.ZERO)
          .send();
    }
    if (log.isDebugEnabled()) {
      // In the table, and so a token: safe to log.
      log.debug("http-01 served token={}", request.uri().substring(PATH.length()));
    }
    response
        .header(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_OCTET_STREAM)
        .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(found.length));
    return head ? response.send() : response.send(Mono.just(Unpooled.wrappedBuffer(found)));
  }

  private byte @Nullable [] find(String uri) {
    return uri.startsWith(PATH) ? tokens.find(uri.substring(PATH.length())) : null;
  }
}
