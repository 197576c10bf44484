package io.github.certflux.internal;

import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.FutureMono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.Http2AllocationStrategy;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.transport.ProxyProvider;

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
  private final ChannelGroup open;
  private final HttpClient client;
  private final HttpClient.RequestSender get;
  private final HttpClient.RequestSender head;
  private final HttpClient.RequestSender post;
  private final @Nullable ProxyProvider proxy;
  private final int maxBody;
  private final long timeoutMillis;
  private volatile boolean closed;

  private NettyTransport(
      TransportSettings settings,
      ConnectionProvider connections,
      ChannelGroup open,
      HttpClient client) {
    this.settings = settings;
    this.connections = connections;
    this.open = open;
    this.client = client;
    this.get = client.request(HttpMethod.GET);
    this.head = client.request(HttpMethod.HEAD);
    this.post =
        client
            .headers(h -> h.set(HttpHeaderNames.CONTENT_TYPE, "application/jose+json"))
            .request(HttpMethod.POST);
    this.proxy = proxy(client.configuration());
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
    ChannelGroup open = new DefaultChannelGroup("certflux", GlobalEventExecutor.INSTANCE, true);
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
            .doOnChannelInit(
                (observer, channel, address) -> {
                  open.add(channel);
                  ConnectionProbe.watch(channel, settings.connectTimeout().toMillis());
                })
            // Not open to change: a request that goes out twice is one whose fate nobody knows.
            .disableRetry(true)
            .followRedirect(false);
    // Loads native libraries and reads resolv.conf, synchronously.
    client.warmup().subscribe();
    return new NettyTransport(settings, connections, open, client);
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
    return Mono.defer(
        () ->
            exchange(
                sender(request.method()),
                HttpMethod.valueOf(request.method().name()),
                request.url(),
                request.body()));
  }

  /**
   * Sends a request of another protocol, in the same way.
   *
   * @param headers its own headers
   * @param body empty for a method that has none
   */
  public Mono<AcmeResponse> send(
      HttpMethod method, URI url, Consumer<? super HttpHeaders> headers, byte[] body) {
    return Mono.defer(() -> exchange(client.headers(headers).request(method), method, url, body));
  }

  private Mono<AcmeResponse> exchange(
      HttpClient.RequestSender sender, HttpMethod method, URI url, byte[] body) {
    if (closed) {
      return Mono.error(TransportFailures.closed());
    }
    if (!settings.allows(url)) {
      return Mono.error(new IllegalArgumentException("refused to send a request to " + url));
    }
    NettyExchange exchange = new NettyExchange(method, url, body, maxBody, timeoutMillis);
    return sender
        .uri(url)
        .send(exchange::write)
        .response(exchange::read)
        .single()
        .onErrorMap(error -> exchange.failure(error, isProxied(url)))
        .doFinally(end -> exchange.finish());
  }

  private static @Nullable ProxyProvider proxy(HttpClientConfig config) {
    Supplier<ProxyProvider> supplier = config.proxyProviderSupplier();
    return supplier == null ? config.proxyProvider() : supplier.get();
  }

  private boolean isProxied(URI url) {
    ProxyProvider through = proxy;
    return through != null
        && through.shouldProxy(
            InetSocketAddress.createUnresolved(url.getHost(), Math.max(url.getPort(), 0)));
  }

  private HttpClient.RequestSender sender(AcmeRequest.Method method) {
    return switch (method) {
      case GET -> get;
      case HEAD -> head;
      case POST -> post;
    };
  }

  /**
   * Closes the connections at once, those in use too: requests under way are lost. Event loops are
   * not this transport's to end.
   */
  @Override
  public Mono<Void> disposeLater() {
    return Mono.defer(
        () -> {
          closed = true;
          // The pool closes those in use when they come back to it, which may be never.
          return connections.disposeLater().then(FutureMono.deferFuture(open::close));
        });
  }
}
