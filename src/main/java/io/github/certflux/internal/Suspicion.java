package io.github.certflux.internal;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * That a request is refused because it is malformed, and not because a front end is late to learn
 * of a key. What the server says is the same; its nonces tell.
 *
 * <p>A front end checks the signature, then redeems the nonce, then reads the request. So when a
 * nonce that came back with {@code malformed} is {@code badNonce} at the next key, that is a hint:
 * one of the signatures before had passed, and spent it. A request that is not malformed gets a
 * hint only if its nonce was bad for another reason just when a signature passed, since else it
 * would have succeeded. Where one nonce of twenty is refused at random, four such hints come once
 * in 160,000 requests.
 *
 * <p>Against it counts a nonce that is refused before it was tried, since then hints are cheap, and
 * a little each further refusal of one nonce: in hundreds of tries some nonce would be bad.
 */
final class Suspicion {
  private static final double PROOF = 4;
  private static final double FURTHER_REFUSAL = 1.0 / 8;
  private static final int MOST_KEPT = 16;

  private final List<Failure> refusals = new ArrayList<>();
  private List<Failure> likely = List.of();
  private double hints;
  private @Nullable AccountKey passed;

  /** The nonce in hand came back with a refusal that may be about the key or the request. */
  void refused(Failure failure) {
    if (!refusals.isEmpty()) {
      less(FURTHER_REFUSAL);
    }
    if (refusals.size() < MOST_KEPT) {
      refusals.add(failure);
    }
  }

  /**
   * The nonce in hand is bad.
   *
   * @param key whose signature passed, then
   * @return whether that is a hint
   */
  boolean badNonce(AccountKey key) {
    if (refusals.isEmpty()) {
      less(1);
      return false;
    }
    hints++;
    passed = key;
    narrow(refusals.stream().filter(refusal -> count(refusal, refusals) == 1).toList());
    refusals.clear();
    return true;
  }

  /**
   * Of a nonce's refusals one spent it, the others were of keys. So what the server says of the
   * request comes once with each nonce, what it says of keys any number of times. The documents are
   * compared, not read.
   */
  private void narrow(List<Failure> once) {
    List<Failure> still = likely.stream().filter(refusal -> count(refusal, once) > 0).toList();
    if (!once.isEmpty()) {
      likely = still.isEmpty() ? once : still;
    }
  }

  private static long count(Failure refusal, List<Failure> among) {
    return among.stream().filter(other -> other.problem().equals(refusal.problem())).count();
  }

  private void less(double by) {
    hints = Math.max(0, hints - by);
  }

  /** Something else came back, and nobody knows what became of the nonce. */
  void dispel() {
    hints = 0;
    refusals.clear();
  }

  /** While there is suspicion, the key whose signature passed last: soon to spend a nonce again. */
  @Nullable AccountKey passed() {
    return hints > 0 ? passed : null;
  }

  /** Whether it is certain. */
  boolean proven() {
    return hints >= PROOF;
  }

  /** What the server said of the request, as far as one can know. */
  Failure refusal(Failure otherwise) {
    return likely.isEmpty() ? otherwise : likely.get(0);
  }
}
