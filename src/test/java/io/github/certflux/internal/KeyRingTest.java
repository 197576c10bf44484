package io.github.certflux.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyRingTest {
  private static final int ROLLOVERS = 50;
  private static final JcaCrypto CRYPTO = JcaCrypto.create();
  private static final List<AccountKey> KEYS = new ArrayList<>();

  @BeforeAll
  static void generate() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    for (int i = 0; i <= ROLLOVERS; i++) {
      KEYS.add(AccountKey.of(generator.generateKeyPair(), CRYPTO));
    }
  }

  @AfterAll
  static void close() {
    CRYPTO.disposeLater().block(Duration.ofSeconds(10));
  }

  @Test
  void takesTurnsWithTheOtherOfTwoKeys() {
    KeyRing ring = new KeyRing(KEYS.get(0));
    ring.add(KEYS.get(1));

    assertThat(ring.draw(new Random(1), KEYS.get(1), null)).isEqualTo(KEYS.get(0));
    assertThat(ring.draw(new Random(1), KEYS.get(0), null)).isEqualTo(KEYS.get(1));
    assertThat(ring.draw(new Random(1), KEYS.get(0), KEYS.get(1))).isNull();
  }

  /** Two keys in turn would never come to it. */
  @Test
  void findsTheLastOfThreeKeysWhereAFrontEndKnowsNoOther() {
    KeyRing ring = new KeyRing(KEYS.get(0));
    ring.add(KEYS.get(1));
    ring.add(KEYS.get(2));
    Random random = new Random(1);
    AccountKey refused = null;
    int tries = 1;
    for (AccountKey drawn = ring.draw(random, null, null);
        !KEYS.get(0).equals(drawn) && tries < 100;
        drawn = ring.draw(random, refused, null)) {
      ring.refused(drawn);
      refused = drawn;
      tries++;
    }
    assertThat(tries).isLessThan(30);
  }

  @Test
  void startsWithTheKeyThatWasAcceptedLast() {
    KeyRing ring = new KeyRing(KEYS.get(0));
    for (int i = 1; i < 10; i++) {
      ring.add(KEYS.get(i));
    }

    ring.accepted(KEYS.get(3));

    assertThat(ring.keys().get(0)).isEqualTo(KEYS.get(3));
    Random random = new Random(7);
    int drawn = 0;
    for (int i = 0; i < 1_000; i++) {
      drawn += KEYS.get(3).equals(ring.draw(random, null, null)) ? 1 : 0;
    }
    assertThat(drawn).isGreaterThan(500);
  }

  /** Boulder's cache, and rollovers back to back: each front end knows one key of up to fifty. */
  @ParameterizedTest
  @CsvSource({"1,1.6,15", "3,2.2,30", "8,4.0,60"})
  void findsTheKeyThatAFrontEndKnowsInFewTries(int fronts, double mean, int most) {
    int operations = 0;
    int tries = 0;
    int slowest = 0;
    for (int seed = 0; seed < 20; seed++) {
      for (int each : simulate(fronts, new Random(seed))) {
        operations++;
        tries += each;
        slowest = Math.max(slowest, each);
      }
    }

    assertThat((double) tries / operations).isLessThan(mean);
    assertThat(slowest).isLessThan(most);
  }

  /** Tries an operation; five of them, then a rollover and a restart, and so on. */
  private static List<Integer> simulate(int fronts, Random random) {
    Fronts server = new Fronts(fronts);
    KeyRing ring = new KeyRing(KEYS.get(0));
    List<Integer> tries = new ArrayList<>();
    for (int rollover = 1; rollover <= ROLLOVERS; rollover++) {
      for (int operation = 0; operation < 5; operation++) {
        tries.add(operate(server, ring, random));
      }
      AccountKey next = KEYS.get(rollover);
      server.current = next;
      ring.add(next);
      ring.accepted(next);
      ring = restarted(ring);
      server.millis += 100;
    }
    return tries;
  }

  private static int operate(Fronts server, KeyRing ring, Random random) {
    AccountKey refused = null;
    for (int tries = 1; ; tries++) {
      AccountKey key = ring.draw(random, refused, null);
      if (server.accepts(key)) {
        ring.accepted(key);
        return tries;
      }
      ring.refused(key);
      refused = key;
    }
  }

  private static KeyRing restarted(KeyRing ring) {
    Map<String, Double> weights = ring.weights();
    Map<AccountKey, Double> stored = new LinkedHashMap<>();
    ring.keys().forEach(key -> stored.put(key, weights.get(key.thumbprint())));
    KeyRing next = new KeyRing(ring.keys().get(0));
    next.set(stored);
    return next;
  }

  /** Front ends that are asked in turn, and that keep what they read for five seconds. */
  private static final class Fronts {
    private final AccountKey[] cached;
    private final long[] filled;
    private AccountKey current = KEYS.get(0);
    private long millis;
    private int turn;

    Fronts(int count) {
      cached = new AccountKey[count];
      filled = new long[count];
    }

    boolean accepts(AccountKey key) {
      millis += 2;
      int front = turn++ % cached.length;
      if (cached[front] == null || millis - filled[front] >= 5_000) {
        cached[front] = current;
        filled[front] = millis;
      }
      return cached[front].equals(key);
    }
  }
}
