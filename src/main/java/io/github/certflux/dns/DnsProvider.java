package io.github.certflux.dns;

import reactor.core.publisher.Mono;

/**
 * Writes TXT records where a CA will look them up: a DNS server, or a company's API to its own.
 *
 * <p>Every publisher is cold and never blocks. A provider is used by many threads at a time, also
 * for several values of one name (a name and its wildcard), and must keep them apart: where a
 * server replaces whole sets of values, the provider changes one name at a time.
 *
 * <p><b>Errors.</b> Signalled as {@link DnsException}, once trying again has not helped: what is
 * busy, limited or lost is tried again here, in bounded time, since nobody else does.
 *
 * <p><b>Cancel.</b> A cancelled {@code add} may have done its work. {@code remove} is then called,
 * perhaps by another process: it needs nothing that {@code add} remembered.
 */
public interface DnsProvider {

  /**
   * Which place it writes to. The next start finds by it who can take away what a crash left, so it
   * stays the same over restarts, and differs between two providers of one client.
   *
   * @return 1 to 180 characters without a secret, such as {@code rfc2136:ns1.example.org}
   */
  String name();

  /**
   * Adds a value, beside what other values the name has. Does no harm where it is there already.
   *
   * @param record the value
   * @return completes when the provider has taken it over; its servers may show it later; {@link
   *     DnsException}
   */
  Mono<Void> add(TxtRecord record);

  /**
   * Takes this value of the name away and no other, whatever its TTL. Does no harm where it is not
   * there.
   *
   * @param record the value
   * @return completes when the provider has taken it away; {@link DnsException}
   */
  Mono<Void> remove(TxtRecord record);

  /**
   * Gives back what the provider holds, such as connections. Called by whoever made it.
   *
   * @return completes when it is given back
   */
  default Mono<Void> disposeLater() {
    return Mono.empty();
  }
}
