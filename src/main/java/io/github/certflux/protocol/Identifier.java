package io.github.certflux.protocol;

/**
 * What a certificate is for (RFC 8555 §9.7.7).
 *
 * @param type {@code dns}, or {@code ip} (RFC 8738)
 * @param value the name in A-labels, or the address
 */
public record Identifier(String type, String value) {

  /**
   * A DNS name.
   *
   * @param name in A-labels; {@code *.} in front orders a wildcard
   * @return its identifier
   */
  public static Identifier dns(String name) {
    return new Identifier("dns", name);
  }

  @Override
  public String toString() {
    return value;
  }
}
