package io.github.certflux.internal;

import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.ssl.SslContext;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.URI;
import java.util.Objects;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.Http2AllocationStrategy;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * The transport over the network, on Reactor Netty. Build it where blocking is allowed: it reads
 * the trust store and the resolver's configuration then, and never later.
 *
 * <p>Only {@code https} URLs are asked, and {@code http} ones of this machine where that is
 * allowed; any other is answered with {@link IllegalArgumentException}, since who checks a server's
 * URLs is the protocol.
 */
public final class NettyTransport implements AcmeTransport {
  private static final int STREAM_BATCH = 32;

  private final TransportSettings settings;
  private final ConnectionProvider connections;
  private final HttpClient.RequestSender get;
  private final HttpClient.RequestSender head;
  private final HttpClient.RequestSender post;
  private final int maxBody;
  private final long timeoutMillis;
  private volatile boolean closed;

  private NettyTransport(
      TransportSettings settings, ConnectionProvider connections, HttpClient client) {
    this.settings = settings;
    this.connections = connections;
    this.get = client.request(HttpMethod.GET);
    this.head = client.request(HttpMethod.HEAD);
    this.post =
        client
            .headers(h -> h.set(HttpHeaderNames.CONTENT_TYPE, "application/jose+json"))
            .request(HttpMethod.POST);
    this.maxBody = settings.maxBodySize();
    this.timeoutMillis = settings.responseTimeout().toMillis();
  }

  /**
   * Builds a transport; opens nothing.
   *
   * @throws IllegalStateException if there is no TLS
   */
  public static NettyTransport create(TransportSettings settings) {
    SslContext tls = settings.tls();
    ConnectionProvider connections = connections(settings);
    HttpClient client =
        settings
            .apply(
                HttpClient.create(connections)
                    .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
                    .secure(
                        spec -> spec.sslContext(tls).handshakeTimeout(settings.connectTimeout()))
                    .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        (int) settings.connectTimeout().toMillis())
                    .headers(
                        h ->
                            h.set(HttpHeaderNames.USER_AGENT, userAgent())
                                .set(HttpHeaderNames.ACCEPT_LANGUAGE, "en")))
            // Not open to change: a request that goes out twice is one whose fate nobody knows.
            .disableRetry(true)
            .followRedirect(false);
    // Loads native libraries and reads resolv.conf, synchronously.
    client.warmup().subscribe();
    return new NettyTransport(settings, connections, client);
  }

  private static ConnectionProvider connections(TransportSettings settings) {
    return ConnectionProvider.builder("certflux")
        .maxConnections(settings.maxConnections())
        // Without strict reuse each of a burst's requests would open a connection of its own.
        .allocationStrategy(
            Http2AllocationStrategy.builder()
                .maxConnections(settings.maxConnections())
                .strictConnectionReuse(true)
                .streamBatchSize(STREAM_BATCH)
                .build())
        // How many wait is decided before a nonce is taken, not here.
        .pendingAcquireMaxCount(-1)
        .pendingAcquireTimeout(settings.acquireTimeout())
        .maxIdleTime(settings.maxIdleTime())
        .build();
  }

  /** RFC 8555 §6.1. */
  private static String userAgent() {
    String version = NettyTransport.class.getPackage().getImplementationVersion();
    return "certflux/" + Objects.requireNonNullElse(version, "dev") + " (reactor-netty)";
  }

  @Override
  public Mono<AcmeResponse> send(AcmeRequest request) {
    return Mono.defer(() -> exchange(request));
  }

  private Mono<AcmeResponse> exchange(AcmeRequest request) {
    if (closed) {
      return Mono.error(TransportFailures.closed());
    }
    URI url = request.url();
    if (!mayAsk(url)) {
      return Mono.error(new IllegalArgumentException("refused to send a request to " + url));
    }
    NettyExchange exchange = new NettyExchange(request, maxBody, timeoutMillis);
    return sender(request.method())
        .uri(url)
        .send(exchange::write)
        .response(exchange::read)
        .single()
        .onErrorMap(exchange::failure)
        .doFinally(end -> exchange.finish());
  }

  private HttpClient.RequestSender sender(AcmeRequest.Method method) {
    return switch (method) {
      case GET -> get;
      case HEAD -> head;
      case POST -> post;
    };
  }

  /** User information would become a header. */
  private boolean mayAsk(URI url) {
    String host = url.getHost();
    if (host == null || url.getRawUserInfo() != null) {
      return false;
    }
    return "https".equalsIgnoreCase(url.getScheme())
        || (settings.loopbackHttp()
            && "http".equalsIgnoreCase(url.getScheme())
            && isLoopback(host));
  }

  private static boolean isLoopback(String host) {
    InetAddress literal = NetUtil.createInetAddressFromIpAddressString(host);
    return literal == null ? host.equalsIgnoreCase("localhost") : literal.isLoopbackAddress();
  }

  /** Closes the connections at once. Event loops are not this transport's to end. */
  @Override
  public Mono<Void> disposeLater() {
    return Mono.defer(
        () -> {
          closed = true;
          return connections.disposeLater();
        });
  }
}
