package io.github.certflux.protocol;

/** Which keys may sign while the server's front ends are late to learn of a new account key. */
public enum RolloverPolicy {
  /**
   * Each request is signed by the key that its front end already or still knows: nobody waits. The
   * old key keeps signing for as long as the window lasts.
   */
  BOTH_KEYS,
  /**
   * The new key alone, again with backoff until every front end knows it. For an old key that
   * leaked and must never sign again; requests can take as long as the window.
   */
  NEW_KEY_ONLY
}
