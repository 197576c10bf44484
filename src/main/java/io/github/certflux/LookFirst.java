package io.github.certflux;

import io.github.certflux.dns.DnsLookup;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Whether Certflux looks at a proof itself before the CA is told to: a proof that the CA can't find
 * spends the authorization, and counts against its limits. Immutable; each {@code with} copies.
 *
 * <p>http-01 is fetched from every address of the name, redirects followed; tls-alpn-01 is a
 * handshake with each. Addresses that can't be reached from here count only where none can. dns-01
 * is asked of every server of the zone, unless the solver is a {@link
 * io.github.certflux.challenge.Dns01Solver}, which does that itself. So are the CAA records (RFC
 * 8659, RFC 8657) that forbid this CA, this account or this type of challenge; both need dnsjava,
 * and are passed over without it. A look is repeated until all is well or the time is over.
 *
 * <p>What is seen from here need not be what the CA sees: behind some routers a network can't reach
 * its own public address. So a client for a CA on the Internet looks with {@link #advisory}, unless
 * told otherwise, and the CA has the last word. One whose directory is at a loopback or private
 * address, as of a test CA, does not look.
 */
public final class LookFirst {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;
  private static final LookFirst OFF = new LookFirst(Mode.OFF, Duration.ofSeconds(1));
  private static final LookFirst ADVISORY = new LookFirst(Mode.ADVISORY, Duration.ofSeconds(5));
  private static final LookFirst REQUIRED = new LookFirst(Mode.REQUIRED, Duration.ofSeconds(30));

  /** What comes of a look that fails. */
  enum Mode {
    OFF,
    ADVISORY,
    REQUIRED
  }

  private final Mode mode;
  private final Duration time;
  private final int httpPort;
  private final int tlsPort;
  private final @Nullable Function<String, Mono<List<InetAddress>>> addresses;
  private final @Nullable DnsLookup dns;

  private LookFirst(Mode mode, Duration time) {
    this(mode, time, HTTP, HTTPS, null, null);
  }

  private LookFirst(
      Mode mode,
      Duration time,
      int httpPort,
      int tlsPort,
      @Nullable Function<String, Mono<List<InetAddress>>> addresses,
      @Nullable DnsLookup dns) {
    this.mode = mode;
    this.time = time;
    this.httpPort = httpPort;
    this.tlsPort = tlsPort;
    this.addresses = addresses;
    this.dns = dns;
  }

  /**
   * Nothing is looked at.
   *
   * @return the setting
   */
  public static LookFirst off() {
    return OFF;
  }

  /**
   * A look that fails is logged and told ({@link IssueEvent.Kind#UNSEEN}), and the CA is told to
   * look all the same: after 5 s unless another time is set.
   *
   * @return the setting
   */
  public static LookFirst advisory() {
    return ADVISORY;
  }

  /**
   * A proof that is not seen, within 30 s unless another time is set, is one that could not be set
   * up: the next solver that fits is tried, and where there is none it is an {@link
   * io.github.certflux.protocol.AcmeSolverException} that says what was expected, what was found,
   * and where. The CA is not told to look.
   *
   * @return the setting
   */
  public static LookFirst required() {
    return REQUIRED;
  }

  /**
   * How long a proof is looked for. A look that has begun by then is finished, which may take 10 s
   * more where servers are slow.
   *
   * @param limit longer than nothing, for each name of an order
   * @return a copy
   * @throws IllegalArgumentException if it is not
   */
  public LookFirst withTime(Duration limit) {
    if (limit.isNegative() || limit.isZero()) {
      throw new IllegalArgumentException("a look takes longer than nothing, not " + limit);
    }
    return new LookFirst(mode, limit, httpPort, tlsPort, addresses, dns);
  }

  /**
   * Where http-01 is looked at, for CAs that do not ask port 80, such as those for tests.
   *
   * @param port 1 to 65535
   * @return a copy
   * @throws IllegalArgumentException if it is out of range
   */
  public LookFirst withHttpPort(int port) {
    return new LookFirst(mode, time, inRange(port), tlsPort, addresses, dns);
  }

  /**
   * Where tls-alpn-01 is looked at, for CAs that do not ask port 443, such as those for tests.
   *
   * @param port 1 to 65535
   * @return a copy
   * @throws IllegalArgumentException if it is out of range
   */
  public LookFirst withTlsPort(int port) {
    return new LookFirst(mode, time, httpPort, inRange(port), addresses, dns);
  }

  /**
   * Where names are, in place of what this machine's resolver says, which may differ from what the
   * rest of the world is told.
   *
   * @param ofName the addresses of a name; none, or an error, where they are not known
   * @return a copy
   */
  public LookFirst withAddresses(Function<String, Mono<List<InetAddress>>> ofName) {
    return new LookFirst(mode, time, httpPort, tlsPort, ofName, dns);
  }

  /**
   * Whom to ask for DNS records, instead of the resolvers of this machine.
   *
   * @param lookup the look-up
   * @return a copy
   */
  public LookFirst withDns(DnsLookup lookup) {
    return new LookFirst(mode, time, httpPort, tlsPort, addresses, lookup);
  }

  private static int inRange(int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("not a port: " + port);
    }
    return port;
  }

  Mode mode() {
    return mode;
  }

  Duration time() {
    return time;
  }

  int httpPort() {
    return httpPort;
  }

  int tlsPort() {
    return tlsPort;
  }

  @Nullable Function<String, Mono<List<InetAddress>>> addresses() {
    return addresses;
  }

  /** The look-up; null where dnsjava is not there. May read this machine's settings. */
  @Nullable DnsLookup dns() {
    return dns == null && DnsLookup.isAvailable() ? DnsLookup.system() : dns;
  }
}
