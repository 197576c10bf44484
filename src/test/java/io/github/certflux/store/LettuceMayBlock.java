package io.github.certflux.store;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Lettuce counts its writers under a lock that it holds for a moment, on event loops, too. An error
 * in there leaves the count wrong, and whoever closes the connection spins for ever.
 */
public final class LettuceMayBlock implements BlockHoundIntegration {
  private static final String LOCK = "io.lettuce.core.protocol.SharedLock";

  @Override
  public void applyTo(BlockHound.Builder builder) {
    builder
        .allowBlockingCallsInside(LOCK, "incrementWriters")
        .allowBlockingCallsInside(LOCK, "lockWritersExclusive")
        .allowBlockingCallsInside(LOCK, "doExclusive");
  }
}
