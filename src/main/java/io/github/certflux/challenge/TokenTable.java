package io.github.certflux.challenge;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The open http-01 challenges: token → key authorization, in the bytes that are served. */
final class TokenTable {
  /** Base64url, as RFC 8555 §8.3 demands: what a server sends becomes a path. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,128}");

  private final ConcurrentMap<String, byte[]> served = new ConcurrentHashMap<>();

  static boolean isToken(String text) {
    return TOKEN.matcher(text).matches();
  }

  /** Serves a key authorization in place of an earlier one. */
  void put(String token, String keyAuthorization) {
    served.put(token, keyAuthorization.getBytes(StandardCharsets.US_ASCII));
  }

  /** Stops serving this key authorization, and leaves one that took its place. */
  void remove(String token, String keyAuthorization) {
    byte[] removed = keyAuthorization.getBytes(StandardCharsets.US_ASCII);
    served.computeIfPresent(
        token, (key, present) -> Arrays.equals(present, removed) ? null : present);
  }

  byte @Nullable [] find(String token) {
    return served.get(token);
  }

  int size() {
    return served.size();
  }
}
