package io.github.certflux;

import io.github.certflux.challenge.SolverRequest;
import io.github.certflux.internal.NotAcme;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/**
 * Fetches an http-01 proof as a CA does (RFC 8555 §8.3): over plain HTTP, from where a redirect
 * within the host points, whatever certificate is shown there.
 */
final class Http01Look {
  private static final String PATH = "/.well-known/acme-challenge/";
  private static final String EXPECTED = "the key authorization";
  private static final int HTTP = 80;
  private static final int HTTPS = 443;
  private static final int MOST_REDIRECTS = 10;
  private static final int LARGEST_BODY = 1_024;
  private static final int SHOWN = 60;
  private static final int CONNECT_MILLIS = 4_000;
  private static final Duration RESPONSE = Duration.ofSeconds(5);

  private final Addresses addresses;
  private final int port;
  private final HttpClient plain;
  private final HttpClient secure;

  Http01Look(Addresses addresses, int port) {
    this.addresses = addresses;
    this.port = port;
    this.plain =
        HttpClient.create(ConnectionProvider.newConnection())
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .responseTimeout(RESPONSE)
            .disableRetry(true)
            .followRedirect(false);
    SslContext anyCertificate = Unverified.tls();
    this.secure = plain.secure(spec -> spec.sslContext(anyCertificate));
  }

  Mono<Void> look(SolverRequest request) {
    String value = request.identifier().value();
    String host =
        (value.indexOf(':') >= 0 ? "[" + value + "]" : value) + (port == HTTP ? "" : ":" + port);
    String shown = "http://" + host + PATH + "…";
    URI url = URI.create("http://" + host + PATH + request.token());
    return addresses.each(
        request.identifier(),
        port,
        shown,
        EXPECTED,
        address ->
            fetched(url, address, 0)
                .onErrorMap(
                    error -> !(error instanceof Wrong),
                    error ->
                        new Addresses.Unreachable(
                            "no answer at "
                                + address
                                + ": "
                                + NotAcme.printable(String.valueOf(error.getMessage())),
                            error))
                .flatMap(body -> compared(body, request, shown + " at " + address))
                .onErrorMap(
                    Wrong.class,
                    error ->
                        new NotSeen(
                            shown + " at " + address,
                            EXPECTED,
                            String.valueOf(error.getMessage()),
                            null)));
  }

  /** Something came that is no proof. */
  private static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Wrong(String found) {
      super(found, null, false, false);
    }
  }

  private static Mono<Void> compared(String body, SolverRequest request, String where) {
    String found = body.stripTrailing();
    if (found.equals(request.keyAuthorization())) {
      return Mono.empty();
    }
    return Mono.error(
        new NotSeen(
            where,
            EXPECTED,
            found.startsWith(request.token() + ".")
                ? "that of another account key"
                : "another body: "
                    + NotAcme.printable(
                        found
                            .substring(0, Math.min(found.length(), SHOWN))
                            .replace(request.token(), "…")),
            null));
  }

  /** From this address, whatever the name's others are. */
  private Mono<String> fetched(URI url, InetSocketAddress address, int redirects) {
    HttpClient client = "https".equalsIgnoreCase(url.getScheme()) ? secure : plain;
    String query = url.getRawQuery();
    return client
        .remoteAddress(() -> address)
        .headers(headers -> headers.set(HttpHeaderNames.HOST, url.getRawAuthority()))
        .get()
        .uri(url.getRawPath() + (query == null ? "" : "?" + query))
        .response((head, content) -> answered(head, content, url, address, redirects))
        .next();
  }

  private Mono<String> answered(
      HttpClientResponse head,
      ByteBufFlux content,
      URI url,
      InetSocketAddress address,
      int redirects) {
    int status = head.status().code();
    String location = head.responseHeaders().get(HttpHeaderNames.LOCATION);
    if (status / 100 == 3 && location != null) {
      return redirected(url, location, address, redirects);
    }
    if (status != 200) {
      return Mono.error(new Wrong("HTTP " + status));
    }
    return content
        .asByteArray()
        .collect(
            ByteArrayOutputStream::new,
            (body, some) -> {
              if (body.size() + some.length > LARGEST_BODY) {
                throw new Wrong("more than " + LARGEST_BODY + " bytes");
              }
              body.write(some, 0, some.length);
            })
        .map(body -> body.toString(StandardCharsets.ISO_8859_1));
  }

  /**
   * Elsewhere than at the same host nobody goes from here: where a redirect points is for whoever
   * has the name to say, and may be what only this network reaches. The CA will see.
   */
  private Mono<String> redirected(
      URI url, String location, InetSocketAddress address, int redirects) {
    URI next;
    try {
      next = url.resolve(location);
    } catch (IllegalArgumentException e) {
      return Mono.error(new Wrong("a redirect to no URL"));
    }
    boolean secured = "https".equalsIgnoreCase(next.getScheme());
    if (redirects >= MOST_REDIRECTS
        || next.getHost() == null
        || (!secured && !"http".equalsIgnoreCase(next.getScheme()))) {
      return Mono.error(
          new Wrong(
              redirects >= MOST_REDIRECTS
                  ? "more than " + MOST_REDIRECTS + " redirects"
                  : "a redirect to another place than a website"));
    }
    if (!next.getHost().equalsIgnoreCase(url.getHost())) {
      return Mono.empty();
    }
    int to = next.getPort() < 0 ? (secured ? HTTPS : HTTP) : next.getPort();
    return to == HTTP || to == HTTPS || to == port
        ? fetched(next, new InetSocketAddress(address.getAddress(), to), redirects + 1)
        : Mono.error(new Wrong("a redirect to another port than " + HTTP + " and " + HTTPS));
  }
}
