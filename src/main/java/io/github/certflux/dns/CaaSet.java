package io.github.certflux.dns;

import java.util.List;

/**
 * Which CAs may issue for a name: the CAA records that count for it (RFC 8659 §3).
 *
 * @param name where they are, the name itself or what it ends with; empty if there are none
 * @param properties the records; empty if there are none, and any CA may issue
 */
public record CaaSet(String name, List<Property> properties) {
  static final int CRITICAL = 0x80;

  /**
   * Copies its collections.
   *
   * @param name where they are
   * @param properties the records
   */
  public CaaSet {
    properties = List.copyOf(properties);
  }

  /**
   * One record (RFC 8659 §4.1).
   *
   * @param critical whether a CA that does not know the tag must not issue
   * @param tag such as {@code issue} or {@code issuewild}, as it is written
   * @param value as it is written
   */
  public record Property(boolean critical, String tag, String value) {}
}
