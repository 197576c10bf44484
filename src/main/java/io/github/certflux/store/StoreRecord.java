package io.github.certflux.store;

import java.nio.charset.StandardCharsets;

/**
 * A record as it was read.
 *
 * @param path where it is
 * @param content what it holds
 * @param version changes whenever the content changes; opaque
 */
public record StoreRecord(String path, byte[] content, String version) {

  /** {@return the content as UTF-8} */
  public String text() {
    return new String(content, StandardCharsets.UTF_8);
  }

  /** Path and version alone: the content may be a secret. */
  @Override
  public String toString() {
    return path + "@" + version;
  }
}
