package io.github.certflux.dns;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Writes into a DNS server by UPDATE (RFC 2136), signed with a TSIG key (RFC 8945): BIND, Knot,
 * PowerDNS, Windows and others. Needs dnsjava, an optional dependency.
 *
 * <p>The zone is what the server itself says, by SOA, unless it is given. Messages go by UDP, and
 * by TCP where UDP stays without an answer. What is lost, or fails with SERVFAIL, is sent again,
 * three times in all: adding or taking away a value twice does no harm.
 *
 * <p><b>Errors</b> are {@link DnsException}s that name the server, the zone and the RCODE: {@link
 * DnsException.Reason#UNREACHABLE} (the server is down), {@link DnsException.Reason#NO_ZONE} (it
 * has no zone for the name: NOTAUTH, NOTZONE, or another server has it), {@link
 * DnsException.Reason#CREDENTIALS} (BADKEY, BADSIG), {@link DnsException.Reason#CLOCK} (BADTIME),
 * {@link DnsException.Reason#REFUSED} (the key may not change this name), {@link
 * DnsException.Reason#FAILED} (SERVFAIL and all else), {@link DnsException.Reason#ANSWER} (an
 * answer that is not signed, or can't be read).
 */
public final class Rfc2136Provider implements DnsProvider {
  private final String server;
  private final Updates updates;

  private Rfc2136Provider(Builder builder) {
    server = builder.host + ":" + builder.port;
    updates =
        new Updates(
            new DnsTransport(builder.timeout, Schedulers.parallel()),
            ApiSettings.defaults().changes(),
            builder.host,
            builder.port,
            builder.key,
            builder.zone,
            builder.tcp);
  }

  /**
   * A builder.
   *
   * @param host the server's address or name: the primary's, unless another one forwards updates
   * @param port its port, usually 53
   * @return a new builder
   * @throws IllegalArgumentException if the host is longer than 160 characters, or the port out of
   *     range
   */
  public static Builder builder(String host, int port) {
    return new Builder(host, port);
  }

  /** Builds an {@link Rfc2136Provider}. */
  public static final class Builder {
    private static final int LONGEST_HOST = 160;
    private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(1);

    private final String host;
    private final int port;
    private @Nullable TsigKey key;
    private String zone = "";
    private boolean tcp;
    private Duration timeout = Duration.ofSeconds(5);

    private Builder(String host, int port) {
      if (host.isBlank() || host.length() > LONGEST_HOST || port < 1 || port > 65_535) {
        throw new IllegalArgumentException("not a server: '" + host + "', port " + port);
      }
      this.host = host;
      this.port = port;
    }

    /**
     * The TSIG key that signs updates, and with which the server signs its answers. Without one,
     * nothing is signed: only for a server that goes by addresses, in a network that nobody else is
     * in.
     *
     * @param name the key's name, as the server knows it
     * @param algorithm {@code hmac-sha256}, {@code hmac-sha384} or {@code hmac-sha512}; also {@code
     *     hmac-sha224} and {@code hmac-sha1}
     * @param secret in Base64, as {@code tsig-keygen} writes it
     * @return this builder
     * @throws IllegalArgumentException for another algorithm, or what is not Base64
     */
    public Builder key(String name, String algorithm, String secret) {
      key = TsigKey.of(name, algorithm, secret);
      return this;
    }

    /**
     * The zone, instead of asking for it.
     *
     * @param name of the zone
     * @return this builder
     */
    public Builder zone(String name) {
      zone = name;
      return this;
    }

    /**
     * Uses TCP alone.
     *
     * @return this builder
     */
    public Builder tcp() {
      tcp = true;
      return this;
    }

    /**
     * How long to wait for an answer.
     *
     * @param longest more than 0, to 1 minute; 5 s by default
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder timeout(Duration longest) {
      if (longest.isNegative() || longest.isZero() || longest.compareTo(LONGEST_TIMEOUT) > 0) {
        throw new IllegalArgumentException("not a time to wait for an answer: " + longest);
      }
      timeout = longest;
      return this;
    }

    /**
     * Builds the provider. Nothing is sent or resolved yet.
     *
     * @return a provider
     */
    public Rfc2136Provider build() {
      return new Rfc2136Provider(this);
    }
  }

  /** {@inheritDoc} */
  @Override
  public String name() {
    return "rfc2136:" + server;
  }

  /**
   * Adds the value by one UPDATE, when subscribed to. The TTL becomes that of all values of the
   * name, as RFC 2181 §5.2 demands. A cancel leaves what was sent to its answer, for which the next
   * change of the name waits.
   *
   * @param record the value
   * @return completes when the server has said so; {@link DnsException}
   */
  @Override
  public Mono<Void> add(TxtRecord record) {
    return updates.add(record);
  }

  /**
   * Takes the value away by one UPDATE, when subscribed to. A cancel leaves what was sent to the
   * server.
   *
   * @param record the value
   * @return completes when the server has said so; {@link DnsException}
   */
  @Override
  public Mono<Void> remove(TxtRecord record) {
    return updates.remove(record);
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return name();
  }
}
