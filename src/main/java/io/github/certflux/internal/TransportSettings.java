package io.github.certflux.internal;

import io.netty.handler.ssl.SslContext;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.LoopResources;
import reactor.netty.transport.ProxyProvider;

/** What a {@link NettyTransport} is built from. Immutable: each method returns another one. */
public final class TransportSettings {
  private static final TransportSettings DEFAULTS = new TransportSettings();

  // Written by the withers alone, before the copy is seen by anyone.
  private List<X509Certificate> trust = List.of();
  private UnaryOperator<HttpClient> customizer = UnaryOperator.identity();
  private @Nullable LoopResources loops;
  private @Nullable Proxy proxy;
  private Duration connectTimeout = Duration.ofSeconds(10);
  private Duration acquireTimeout = Duration.ofSeconds(45);
  private Duration responseTimeout = Duration.ofSeconds(30);
  private Duration maxIdleTime = Duration.ofSeconds(30);
  private int maxBodySize = 1 << 20;
  private int maxConnections = 8;
  private boolean loopbackHttp;

  private record Proxy(String host, int port) {}

  private TransportSettings() {}

  private TransportSettings(TransportSettings from) {
    trust = from.trust;
    customizer = from.customizer;
    loops = from.loops;
    proxy = from.proxy;
    connectTimeout = from.connectTimeout;
    acquireTimeout = from.acquireTimeout;
    responseTimeout = from.responseTimeout;
    maxIdleTime = from.maxIdleTime;
    maxBodySize = from.maxBodySize;
    maxConnections = from.maxConnections;
    loopbackHttp = from.loopbackHttp;
  }

  /** The JDK's trust store, HTTP/2 or HTTP/1.1, at most eight connections to a server. */
  public static TransportSettings defaults() {
    return DEFAULTS;
  }

  /**
   * Trusts these roots, and no others.
   *
   * @param pem one or more certificates
   * @throws IllegalArgumentException if it holds no certificate, or anything that is not one
   */
  public TransportSettings trust(byte[] pem) {
    TransportSettings copy = new TransportSettings(this);
    copy.trust = TrustPem.parse(pem);
    return copy;
  }

  /**
   * Changes the HTTP client, after those given before: another proxy, another resolver, metrics.
   * That nothing is sent twice and no redirect is followed can't be changed.
   */
  public TransportSettings customize(UnaryOperator<HttpClient> change) {
    TransportSettings copy = new TransportSettings(this);
    UnaryOperator<HttpClient> before = customizer;
    copy.customizer = client -> change.apply(before.apply(client));
    return copy;
  }

  /**
   * Event loops of the caller's, which stay the caller's; Reactor Netty's shared ones unless set.
   */
  public TransportSettings loops(LoopResources eventLoops) {
    TransportSettings copy = new TransportSettings(this);
    copy.loops = eventLoops;
    return copy;
  }

  /**
   * Connects through an HTTP proxy (CONNECT), which looks up the servers' names. Its own name is
   * looked up once, when the transport is built.
   */
  public TransportSettings proxy(String host, int port) {
    if (host.isEmpty() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("not the address of a proxy: " + host + ":" + port);
    }
    TransportSettings copy = new TransportSettings(this);
    copy.proxy = new Proxy(host, port);
    return copy;
  }

  /** How long the connection may take, and the TLS handshake as long again; 10 s unless set. */
  public TransportSettings connectTimeout(Duration timeout) {
    TransportSettings copy = new TransportSettings(this);
    copy.connectTimeout = millis("connect timeout", timeout);
    return copy;
  }

  /** How long a request may wait until a connection is free for it; 45 s unless set. */
  public TransportSettings acquireTimeout(Duration timeout) {
    TransportSettings copy = new TransportSettings(this);
    copy.acquireTimeout = millis("acquire timeout", timeout);
    return copy;
  }

  /**
   * How long a request may take from when it is sent to the answer's last byte; 30 s unless set.
   */
  public TransportSettings responseTimeout(Duration timeout) {
    TransportSettings copy = new TransportSettings(this);
    copy.responseTimeout = millis("response timeout", timeout);
    return copy;
  }

  /** After how long without a request a connection is no longer used; 30 s unless set. */
  public TransportSettings maxIdleTime(Duration time) {
    TransportSettings copy = new TransportSettings(this);
    copy.maxIdleTime = millis("idle time", time);
    return copy;
  }

  /** The largest body that is accepted, in bytes; 1 MiB unless set. */
  public TransportSettings maxBodySize(int bytes) {
    TransportSettings copy = new TransportSettings(this);
    copy.maxBodySize = positive("body size", bytes);
    return copy;
  }

  /** How many connections there may be to one server; 8 unless set. */
  public TransportSettings maxConnections(int connections) {
    TransportSettings copy = new TransportSettings(this);
    copy.maxConnections = positive("number of connections", connections);
    return copy;
  }

  /** Allows {@code http:} to this machine, for test servers without TLS. */
  public TransportSettings allowLoopbackHttp() {
    TransportSettings copy = new TransportSettings(this);
    copy.loopbackHttp = true;
    return copy;
  }

  /** Whether requests may go there. User information would become a header. */
  public boolean allows(URI url) {
    String host = url.getHost();
    if (host == null || url.getRawUserInfo() != null) {
      return false;
    }
    return "https".equalsIgnoreCase(url.getScheme())
        || (loopbackHttp && "http".equalsIgnoreCase(url.getScheme()) && isLoopback(host));
  }

  private static boolean isLoopback(String host) {
    InetAddress literal = NetUtil.createInetAddressFromIpAddressString(host);
    return literal == null ? host.equalsIgnoreCase("localhost") : literal.isLoopbackAddress();
  }

  int maxBodySize() {
    return maxBodySize;
  }

  int maxConnections() {
    return maxConnections;
  }

  Duration maxIdleTime() {
    return maxIdleTime;
  }

  Duration acquireTimeout() {
    return acquireTimeout;
  }

  Duration connectTimeout() {
    return connectTimeout;
  }

  Duration responseTimeout() {
    return responseTimeout;
  }

  /** Reads the trust store: not for an event loop. */
  SslContext tls() {
    return TrustPem.tls(trust);
  }

  /** The client with the loops, the proxy and the changes that were asked for; may block. */
  HttpClient apply(HttpClient client) {
    HttpClient changed = loops == null ? client : client.runOn(loops);
    Proxy through = proxy;
    if (through != null) {
      InetSocketAddress address = new InetSocketAddress(through.host(), through.port());
      // Given a name instead, Reactor Netty would look it up for each request, and block.
      if (address.isUnresolved()) {
        throw new IllegalStateException("the proxy " + through.host() + " is not known");
      }
      changed =
          changed.proxy(
              spec ->
                  spec.type(ProxyProvider.Proxy.HTTP)
                      .socketAddress(address)
                      .connectTimeoutMillis(connectTimeout.toMillis()));
    }
    return customizer.apply(changed);
  }

  private static Duration millis(String name, Duration value) {
    long millis = value.toMillis();
    if (millis < 1 || millis > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(name + " out of range: " + value);
    }
    return value;
  }

  private static int positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " out of range: " + value);
    }
    return value;
  }
}
