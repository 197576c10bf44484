package io.github.certflux.dns;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * A server that is authoritative for a zone.
 *
 * @param name as the zone's NS record names it
 * @param addresses where it is; empty if no address was found
 */
public record NameServer(String name, List<InetSocketAddress> addresses) {

  /**
   * Copies its collections.
   *
   * @param name as the zone's NS record names it
   * @param addresses where it is
   */
  public NameServer {
    addresses = List.copyOf(addresses);
  }
}
