package io.github.certflux.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.ToIntFunction;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Looks up what proofs in the DNS depend on. Needs dnsjava (<code>dnsjava:dnsjava</code>), an
 * optional dependency.
 *
 * <p>Nothing is cached. Each question goes to the resolvers, one after the other and twice at most,
 * by UDP, and by TCP where the answer does not fit; answers are bounded and come from anyone, so
 * only what was asked for is believed. Every publisher is cold, never blocks, and signals {@link
 * DnsException}: {@link DnsException.Reason#UNREACHABLE} where nobody answered, {@link
 * DnsException.Reason#REFUSED} or {@link DnsException.Reason#FAILED} with the RCODE where nobody
 * answered the question, {@link DnsException.Reason#ANSWER} for what can't be believed; and {@link
 * IllegalArgumentException} for what is no name. Names are absolute, with or without a dot at their
 * end, and come back in lower case without it. A cancel stops the next question.
 */
public final class DnsLookup {
  private final Lookups lookups;

  private DnsLookup(Lookups lookups) {
    this.lookups = lookups;
  }

  /**
   * Whether dnsjava is there.
   *
   * @return whether {@link #system} and {@link Builder#build} can be called
   */
  public static boolean isAvailable() {
    try {
      Class.forName("org.xbill.DNS.SimpleResolver", false, DnsLookup.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /**
   * Look-ups by the resolvers of this machine. Reads its settings: not for an event loop.
   *
   * @return a look-up
   */
  public static DnsLookup system() {
    return builder().build();
  }

  /**
   * A builder, for the resolvers of this machine unless it is told others.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Builds a {@link DnsLookup}. */
  public static final class Builder {
    private static final int DNS = 53;
    private static final int MOST_RESOLVERS = 3;
    private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(1);

    private List<InetSocketAddress> resolvers = List.of();
    private ToIntFunction<String> port = server -> DNS;
    private Duration timeout = Duration.ofSeconds(3);

    private Builder() {}

    /**
     * Whom to ask, instead of the resolvers of this machine.
     *
     * @param addresses of 1 to 3 resolvers, in order
     * @return this builder
     * @throws IllegalArgumentException if there are none, or more
     */
    public Builder resolvers(InetSocketAddress... addresses) {
      if (addresses.length == 0 || addresses.length > MOST_RESOLVERS) {
        throw new IllegalArgumentException("1 to 3 resolvers: " + addresses.length);
      }
      resolvers = List.of(addresses);
      return this;
    }

    /**
     * On which port the servers of a zone listen, for tests: the DNS itself does not say.
     *
     * @param number the port, 53 by default
     * @return this builder
     * @throws IllegalArgumentException if the port is out of range
     */
    public Builder authoritativePort(int number) {
      if (number < 1 || number > 65_535) {
        throw new IllegalArgumentException("not a port: " + number);
      }
      return authoritativePort(server -> number);
    }

    /**
     * On which port each server of a zone listens, for tests.
     *
     * @param ports the port of the server that a zone's NS record names so
     * @return this builder
     */
    public Builder authoritativePort(ToIntFunction<String> ports) {
      port = ports;
      return this;
    }

    /**
     * How long to wait for an answer.
     *
     * @param longest more than 0, to 1 minute; 3 s by default
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
     * Builds the look-up. Without resolvers it reads the settings of this machine: not for an event
     * loop.
     *
     * @return a look-up
     */
    public DnsLookup build() {
      return new DnsLookup(Lookups.of(resolvers, port, timeout, Schedulers.parallel()));
    }
  }

  /**
   * Where a name leads, by its CNAME records: 8 of them at most.
   *
   * @param name the name
   * @return the name at the end, which need not exist; the name itself where it is no alias
   */
  public Mono<String> canonicalName(String name) {
    return lookups.canonicalName(name);
  }

  /**
   * In which zone a name is, by SOA records. The name need not exist.
   *
   * @param name the name
   * @return the zone; {@link DnsException.Reason#NO_ZONE} where there is none below the root
   */
  public Mono<String> zone(String name) {
    return lookups.zone(name);
  }

  /**
   * The servers of a zone, by its NS records: 16 at most, with 8 addresses each.
   *
   * @param zone the zone
   * @return the servers; {@link DnsException.Reason#NO_ZONE} where none has an address
   */
  public Mono<List<NameServer>> nameServers(String zone) {
    return lookups.nameServers(zone);
  }

  /**
   * The values of a name's TXT records, as the resolvers see them. What is asked for before it is
   * there is not there for a while, since resolvers remember that, too.
   *
   * @param name the name
   * @return the values, each in one piece; none where the name does not exist
   */
  public Mono<List<String>> txt(String name) {
    return lookups.txt(name);
  }

  /**
   * The values of a name's TXT records, after aliases have been followed, as a server of the zone
   * shows them now; as {@link #txt(String)} where none can be reached.
   *
   * @param name the name
   * @return the values, each in one piece; none where the name does not exist
   */
  public Mono<List<String>> freshTxt(String name) {
    return lookups.freshTxt(name);
  }

  /**
   * The values of a name's TXT records on one server that is authoritative for it.
   *
   * @param name the name
   * @param server its address
   * @return the values, each in one piece; none where the name does not exist; {@link
   *     DnsException.Reason#NO_ZONE} where the server is not authoritative
   */
  public Mono<List<String>> txt(String name, InetSocketAddress server) {
    return lookups.txt(name, server);
  }

  /**
   * Waits until every server of the zone shows a value, after aliases have been followed. Looks
   * again after a quarter of a second, half a second and so on, 5 s at most. A server that has not
   * answered for 10 s can't be reached from here, and is waited for no longer.
   *
   * @param name the name of the TXT record
   * @param value the value
   * @param limit how long to wait at most: more than 0
   * @return completes when all show it; {@link DnsException.Reason#NOT_SHOWN} where one did not by
   *     the limit, {@link DnsException.Reason#UNREACHABLE} where those that did not never answered:
   *     the message says what each of them showed last
   */
  public Mono<Void> untilShown(String name, String value, Duration limit) {
    return lookups.untilShown(name, value, limit);
  }

  /**
   * Which CAs may issue for a name: the CAA records of the name, or of the closest name above that
   * has some (RFC 8659 §3).
   *
   * @param name the name, without {@code *.}
   * @return the records; a set without records where there are none
   */
  public Mono<CaaSet> caa(String name) {
    return lookups.caa(name);
  }
}
