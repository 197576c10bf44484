package io.github.certflux.dns;

import io.github.certflux.internal.JcaCrypto;
import io.github.certflux.internal.Timing;
import io.github.certflux.internal.TransportSettings;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;

/** How a provider talks to its HTTP API. Immutable; each {@code with} copies. */
public final class ApiSettings {
  private static final Duration PATIENCE = Duration.ofSeconds(50);
  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(20);
  private static final ApiSettings DEFAULTS =
      new ApiSettings(
          TransportSettings.defaults().responseTimeout(RESPONSE_TIMEOUT), "", PATIENCE, null);

  private final TransportSettings http;
  private final String name;
  private final Duration patience;
  private final @Nullable Scheduler timer;

  private ApiSettings(
      TransportSettings http, String name, Duration patience, @Nullable Scheduler timer) {
    this.http = http;
    this.name = name;
    this.patience = patience;
    this.timer = timer;
  }

  /**
   * The JDK's trusted roots, no proxy, {@code https} alone, and 50 s of patience.
   *
   * @return the settings unless changed
   */
  public static ApiSettings defaults() {
    return DEFAULTS;
  }

  /**
   * The provider's name, where a client has several of one kind, such as two accounts at one
   * company.
   *
   * @param ofTheProvider 1 to 100 characters without a secret, the same over restarts; see {@link
   *     DnsProvider#name}
   * @return a copy
   * @throws IllegalArgumentException if it is empty or longer
   */
  public ApiSettings withName(String ofTheProvider) {
    if (ofTheProvider.isBlank() || ofTheProvider.length() > 100) {
      throw new IllegalArgumentException(
          "a provider's name is 1 to 100 characters, not '" + ofTheProvider + "'");
    }
    return new ApiSettings(http, ofTheProvider, patience, timer);
  }

  /**
   * Trusts these root certificates for the API's TLS, and no others.
   *
   * @param pem one or more certificates, and any text between them; 4 MiB at most
   * @return a copy
   * @throws IllegalArgumentException if it holds no certificate, or another PEM block
   */
  public ApiSettings withTrust(byte[] pem) {
    return new ApiSettings(http.trust(pem), name, patience, timer);
  }

  /**
   * Connects through an HTTP proxy (CONNECT).
   *
   * @param host its name or address; looked up once, when the provider is made
   * @param port 1 to 65535
   * @return a copy
   * @throws IllegalArgumentException if that is no address of a proxy
   */
  public ApiSettings withProxy(String host, int port) {
    return new ApiSettings(http.proxy(host, port), name, patience, timer);
  }

  /**
   * Changes the HTTP client: a proxy with a password, another resolver, metrics. That no redirect
   * is followed can't be changed, since credentials would follow it.
   *
   * @param change applied once, after those given before
   * @return a copy
   */
  public ApiSettings withHttpClient(UnaryOperator<HttpClient> change) {
    return new ApiSettings(http.customize(change), name, patience, timer);
  }

  /**
   * Allows {@code http} to loopback addresses, as for a server beside this one.
   *
   * @return a copy
   */
  public ApiSettings withLoopbackHttp() {
    return new ApiSettings(http.allowLoopbackHttp(), name, patience, timer);
  }

  /**
   * How long a change is tried again while the API is busy, asks to come back later, or can't be
   * reached: from when its turn comes, beside the 20 s at most that each answer may take. A wait
   * that the API asks for and that would end later is not begun.
   *
   * @param time none or more; 50 s unless set
   * @return a copy
   * @throws IllegalArgumentException if it is negative
   */
  public ApiSettings withPatience(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("patience must not be negative, but is " + time);
    }
    return new ApiSettings(http, name, time, timer);
  }

  /**
   * Clock and timer; the parallel scheduler unless given.
   *
   * @param scheduler the timer; stays the caller's to close
   * @return a copy
   */
  public ApiSettings withTimer(Scheduler scheduler) {
    return new ApiSettings(http, name, patience, scheduler);
  }

  TransportSettings http() {
    return http;
  }

  String nameOr(String other) {
    return name.isEmpty() ? other : name;
  }

  Changes changes() {
    return new Changes(
        new Timing(timer == null ? Schedulers.parallel() : timer, JcaCrypto.drbg()), patience);
  }
}
