package io.github.certflux.challenge;

import io.github.certflux.dns.DnsLookup;
import io.github.certflux.dns.DnsProvider;
import io.github.certflux.protocol.Challenge;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Proves names and wildcards by dns-01 (RFC 8555 §8.4): a TXT record of {@code
 * _acme-challenge.NAME} with the digest of the key authorization, written by a {@link DnsProvider}.
 *
 * <p>A name and its wildcard are two values of one record, which stand beside each other. Where
 * {@code _acme-challenge.NAME} is an alias (a CNAME record), the value is written where that leads
 * to, so that the provider need not have access to the name's own zone.
 *
 * <p>Before the CA looks, all servers of the zone are looked at until they show the value, for two
 * minutes at most. That is advice: where they can't be reached from here or are late, the CA is
 * told all the same, unless {@link Builder#required}. Both aliases and looking need dnsjava, an
 * optional dependency; without it neither is done.
 *
 * <p>What a crash left is taken away by the next start.
 */
public final class Dns01Solver extends DnsRecordSolver {

  private Dns01Solver(DnsProofs proofs) {
    super(proofs);
  }

  /**
   * A solver with the settings that are usual. With dnsjava it reads this machine's resolvers: not
   * for an event loop.
   *
   * @param provider who writes the records; stays the caller's to close
   * @return a solver
   */
  public static Dns01Solver of(DnsProvider provider) {
    return builder(provider).build();
  }

  /**
   * A builder.
   *
   * @param provider who writes the records; stays the caller's to close
   * @return a new builder
   */
  public static Builder builder(DnsProvider provider) {
    return new Builder(provider);
  }

  /** Builds a {@link Dns01Solver}. */
  public static final class Builder {
    private final DnsProvider provider;
    private @Nullable DnsLookup lookup;
    private Duration ttl = Duration.ofMinutes(1);
    private Duration limit = Duration.ofMinutes(2);
    private boolean aliases = true;
    private Set<String> zones = Set.of();
    private boolean required;

    private Builder(DnsProvider provider) {
      this.provider = provider;
    }

    /**
     * Whom to ask for aliases and zones, instead of the resolvers of this machine.
     *
     * @param own the look-up
     * @return this builder
     */
    public Builder lookup(DnsLookup own) {
      lookup = own;
      return this;
    }

    /**
     * How long others may keep the record.
     *
     * @param time 1 s to 7 days, in whole seconds; 1 minute by default
     * @return this builder
     */
    public Builder ttl(Duration time) {
      ttl = time;
      return this;
    }

    /**
     * Writes at {@code _acme-challenge.NAME} itself, also where that is an alias.
     *
     * @return this builder
     */
    public Builder withoutAliases() {
      aliases = false;
      return this;
    }

    /**
     * Follows an alias only where it leads into one of these zones. Worth setting where others than
     * the operator may write {@code _acme-challenge} records: an alias of theirs then can't have a
     * value written where the provider may write and they may not.
     *
     * @param names of zones, each with all that is below it
     * @return this builder
     * @throws IllegalArgumentException if there are none
     */
    public Builder aliasesInto(String... names) {
      if (names.length == 0) {
        throw new IllegalArgumentException("no zone that an alias may lead into");
      }
      zones =
          Arrays.stream(names)
              .map(name -> name.toLowerCase(Locale.ROOT).replaceFirst("\\.$", ""))
              .collect(Collectors.toUnmodifiableSet());
      return this;
    }

    /**
     * How long to wait until all servers of the zone show the value.
     *
     * @param longest to 1 hour; zero for not looking at all; 2 minutes by default
     * @return this builder
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder propagation(Duration longest) {
      if (longest.isNegative() || longest.compareTo(Duration.ofHours(1)) > 0) {
        throw new IllegalArgumentException("not a time to wait for DNS servers: " + longest);
      }
      limit = longest;
      return this;
    }

    /**
     * Does not tell the CA unless all servers of the zone show the value.
     *
     * @return this builder
     */
    public Builder required() {
      required = true;
      return this;
    }

    /**
     * Builds the solver. With dnsjava and no look-up of its own it reads this machine's resolvers:
     * not for an event loop.
     *
     * @return a solver
     * @throws IllegalArgumentException if the TTL is out of range
     * @throws IllegalStateException if looking is required and dnsjava is not there
     */
    public Dns01Solver build() {
      DnsLookup asked = lookup == null && DnsLookup.isAvailable() ? DnsLookup.system() : lookup;
      if (asked == null && required) {
        throw new IllegalStateException(
            "to look at DNS servers takes dnsjava, which is not on the class path");
      }
      return new Dns01Solver(
          new DnsProofs(
              provider, asked, new DnsProofs.Settings(ttl, aliases, zones, limit, required)));
    }
  }

  /** {@inheritDoc} */
  @Override
  public String type() {
    return Challenge.DNS_01;
  }

  @Override
  String recordName(SolverRequest request) {
    return "_acme-challenge." + request.identifier().value();
  }
}
