package io.github.certflux.internal;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;

/** SHA-256, and short names for content that are made of it and can stand in a store's path. */
public final class Fingerprints {
  private static final int SHORT = 10;

  private Fingerprints() {}

  /** The hash itself. */
  public static byte[] sha256(byte[] content) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no SHA-256", e);
    }
  }

  /** The name of that content: all of the hash, in base64url. */
  public static String of(byte[] content) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(content));
  }

  /** The name of that text where no two may differ in case alone: ten octets, in hexadecimal. */
  public static String shortOf(String text) {
    return HexFormat.of().formatHex(sha256(text.getBytes(StandardCharsets.UTF_8)), 0, SHORT);
  }
}
