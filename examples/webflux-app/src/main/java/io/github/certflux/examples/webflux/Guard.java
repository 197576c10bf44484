package io.github.certflux.examples.webflux;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;

/**
 * Who may do what. Pages load nothing from elsewhere and are in nobody's frame; the dashboard is
 * for this machine alone, since a stranger could use a CA's limits up by its buttons; and these
 * work from its own page alone, since any page in the same browser could send a form there.
 */
final class Guard implements WebFilter {
  /** A form can't send it, and a script of another origin would have to ask first. */
  static final String HEADER = "X-Dashboard";

  /** As the routes match, which decode a path: {@code /%64ashboard} leads there as well. */
  private static final PathPattern DASHBOARD =
      PathPatternParser.defaultInstance.parse("/dashboard/**");

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    HttpHeaders headers = exchange.getResponse().getHeaders();
    headers.set("Content-Security-Policy", POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    ServerHttpRequest request = exchange.getRequest();
    if (isDashboard(request) && !(isHere(request) && (isRead(request) || isOwn(request)))) {
      exchange.getResponse().setStatusCode(HttpStatus.FORBIDDEN);
      return exchange.getResponse().setComplete();
    }
    return chain.filter(exchange);
  }

  private static boolean isDashboard(ServerHttpRequest request) {
    return DASHBOARD.matches(request.getPath().pathWithinApplication());
  }

  private static boolean isHere(ServerHttpRequest request) {
    InetSocketAddress remote = request.getRemoteAddress();
    return remote != null && remote.getAddress().isLoopbackAddress();
  }

  private static boolean isRead(ServerHttpRequest request) {
    return request.getMethod() == HttpMethod.GET || request.getMethod() == HttpMethod.HEAD;
  }

  /** From a page of this origin, as the browser says; or not from a browser. */
  private static boolean isOwn(ServerHttpRequest request) {
    HttpHeaders headers = request.getHeaders();
    @Nullable String origin = headers.getOrigin();
    @Nullable String site = headers.getFirst("Sec-Fetch-Site");
    return headers.getFirst(HEADER) != null
        && (site == null || site.equals("same-origin"))
        && (origin == null || origin.equals("https://" + headers.getFirst(HttpHeaders.HOST)));
  }
}
