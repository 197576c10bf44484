package io.github.certflux.testca;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/** Nonces that were given out and not redeemed (RFC 8555 §6.5); the oldest are forgotten first. */
final class Nonces {
  private static final int MOST = 100_000;

  private final Set<String> valid = new LinkedHashSet<>();
  private final Chance chance;
  private final double rejection;

  Nonces(Chance chance, double rejection) {
    this.chance = chance;
    this.rejection = rejection;
  }

  String fresh() {
    String nonce = chance.token(18);
    synchronized (this) {
      valid.add(nonce);
      if (valid.size() > MOST) {
        Iterator<String> oldest = valid.iterator();
        oldest.next();
        oldest.remove();
      }
    }
    return nonce;
  }

  /** Spends a nonce; false when it was not valid, or is refused on purpose. */
  boolean redeem(String nonce) {
    boolean known;
    synchronized (this) {
      known = valid.remove(nonce);
    }
    return known && !chance.happens(rejection);
  }

  /** Makes all nonces of before invalid, as a restart of the server would. */
  synchronized void forget() {
    valid.clear();
  }
}
