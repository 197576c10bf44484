package io.github.certflux.testca;

import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;

/** The CA's only source of randomness, made safe for use by many threads. */
final class Chance {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final RandomGenerator random;

  Chance(RandomGenerator random) {
    this.random = random;
  }

  synchronized byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Random bytes in base64url. */
  String token(int bytes) {
    return BASE64.encodeToString(bytes(bytes));
  }

  synchronized int below(int bound) {
    return random.nextInt(bound);
  }

  synchronized long below(long bound) {
    return random.nextLong(bound);
  }

  /** True with that probability; draws nothing for the certain and the impossible. */
  boolean happens(double probability) {
    if (probability <= 0) {
      return false;
    }
    if (probability >= 1) {
      return true;
    }
    synchronized (this) {
      return random.nextDouble() < probability;
    }
  }

  void shuffle(List<?> list) {
    for (int i = list.size(); i > 1; i--) {
      Collections.swap(list, i - 1, below(i));
    }
  }
}
